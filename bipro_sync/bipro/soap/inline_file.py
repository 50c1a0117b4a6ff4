"""Take the content of a `Daten` element to the sink as it arrives; base64 and a reference never mix."""

from __future__ import annotations

from ...errors import FramingError
from ...model.ports import PartSink, PartWriter
from ...model.shipment import SpooledPart
from ..framing.base64_stream import Base64Decoder


class InlineFile:
    """
    The content of one `Daten`: base64, or an XOP Include's *reference*, or nothing, which is an empty file.
    """

    __slots__ = ("_decoder", "_sink", "_writer", "reference")

    def __init__(self, sink: PartSink) -> None:
        self._sink = sink
        self._decoder = Base64Decoder()
        self._writer: PartWriter | None = None
        self.reference: str | None = None

    def feed(self, text: str) -> None:
        """
        Decode *text* and write it.  Raises :class:`FramingError`, and what the sink raises.
        """
        try:
            data = self._decoder.feed(text.encode("ascii"))
        except UnicodeEncodeError:
            raise FramingError("A file's base64 text holds what is not base64.") from None
        if data:
            self._open().write(data)

    def finish(self) -> SpooledPart | None:
        """
        Return the file, or None where it is referred to.  Raises as :meth:`feed`.
        """
        self._decoder.finish()
        if self.reference is None:
            return self._open().finish()
        if self._writer is not None:
            raise FramingError("A file stands in the message twice: as text and by reference.")
        return None

    def _open(self) -> PartWriter:
        if self._writer is None:
            self._writer = self._sink.part()
        return self._writer

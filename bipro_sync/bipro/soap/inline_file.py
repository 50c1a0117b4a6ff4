"""Take the content of a `Daten` element to the sink as it arrives; base64 and a reference never mix."""

from __future__ import annotations

import re

from ...errors import FramingError, ProtocolError
from ...model.ports import PartSink, PartWriter
from ...model.shipment import SpooledPart
from ..framing.base64_stream import Base64Decoder


_WHITE_SPACE = re.compile(rb"&#(?:0{0,5}(?:9|10|13|32)|x0{0,5}(?:9|[aA]|[dD]|20));")
"""Character references that serialisers write for a line break within a text."""
_REFERENCE = 16
"""More characters than such a reference has."""


class InlineFile:
    """
    The content of one `Daten`: base64, or an XOP Include's reference, or nothing, which is an empty file.
    """

    __slots__ = ("_carry", "_decoder", "_sink", "_writer")

    def __init__(self, sink: PartSink) -> None:
        self._sink = sink
        self._decoder = Base64Decoder()
        self._writer: PartWriter | None = None
        self._carry = b""

    def feed(self, text: bytes) -> None:
        """
        Decode *text*, as it stands in the XML, and write it.  Raises :class:`FramingError`, and what the sink raises.
        """
        text = self._carry + text
        self._carry = b""
        if b"&" in text:
            begun = text.rfind(b"&")
            if b";" not in text[begun:] and len(text) - begun < _REFERENCE:
                text, self._carry = text[:begun], text[begun:]
            text = _WHITE_SPACE.sub(b"", text)
        data = self._decoder.feed(text)
        if data:
            self._open().write(data)

    def finish(self, reference: str | None) -> SpooledPart | None:
        """
        Return the file, or None where it is referred to.  Raises as :meth:`feed`.
        """
        if self._carry:
            raise ProtocolError("A file's data ends within a character reference.")
        self._decoder.finish()
        if reference is None:
            return self._open().finish()
        if self._writer is not None:
            raise FramingError("A file stands in the message twice: as text and by reference.")
        return None

    def _open(self) -> PartWriter:
        if self._writer is None:
            self._writer = self._sink.part()
        return self._writer

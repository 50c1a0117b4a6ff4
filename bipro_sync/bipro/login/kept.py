"""Keep the envelope of a login's answer in memory, where its XML is needed as it came; it never grows large."""

from __future__ import annotations

from ...errors import ProtocolError
from ...model.ports import PartWriter
from ...model.shipment import SpooledPart
from ..calls.unkept import Unkept


MAX_ANSWER = 1 << 20
"""Bytes; a token has a few thousand."""


class KeptEnvelope:
    """
    A sink that keeps the envelope, and nothing else; *data* is complete once the answer is.
    """

    def __init__(self) -> None:
        self.data = bytearray()

    def envelope(self) -> PartWriter:
        """
        Open the writer, which is this object itself.
        """
        return self

    def part(self) -> PartWriter:
        """
        Open a writer that forgets: no login has files.
        """
        return Unkept().part()

    def restart(self) -> None:
        """
        Forget what came.
        """
        self.data.clear()

    def write(self, data: bytes) -> None:
        """
        Append *data*.  Raises :class:`ProtocolError` beyond :data:`MAX_ANSWER`.
        """
        self.data += data
        if len(self.data) > MAX_ANSWER:
            raise ProtocolError(f"The answer to the login is larger than {MAX_ANSWER} bytes.")

    def finish(self) -> SpooledPart:
        """
        End the envelope.
        """
        return SpooledPart(handle="", size=len(self.data), sha256="", head=b"")

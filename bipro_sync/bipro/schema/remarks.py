"""Look at each answer's envelope as it passes, and remark what does not fit; it never holds anything up."""

from __future__ import annotations

from ...model.ports import PartSink, PartWriter
from ...model.shipment import SpooledPart
from .check import MOST_VIOLATIONS, violations


MAX_CHECKED = 8 << 20
"""Bytes of an envelope that are looked at; larger ones carry files inside, and are not."""

TOO_LARGE = f"not checked: it is larger than {MAX_CHECKED >> 20} MiB"
"""What is said of larger ones."""

_TOLD = 3


class CheckedSink:
    """
    Passes everything on to *sink*, and keeps a copy of the last envelope until it has been checked.
    """

    def __init__(self, sink: PartSink) -> None:
        self._sink = sink
        self._copy: _Copy | None = None

    def envelope(self) -> PartWriter:
        """
        Open the writer for the SOAP root part.
        """
        self._copy = _Copy(self._sink.envelope())
        return self._copy

    def part(self) -> PartWriter:
        """
        Open the writer for another file.
        """
        return self._sink.part()

    def restart(self) -> None:
        """
        Forget what an answer that did not count has brought.
        """
        self._copy = None
        self._sink.restart()

    def remarks(self) -> tuple[str, ...]:
        """
        Return what does not fit our schemas, in sentences without the insurer's words and values; forget the copy.
        """
        copy, self._copy = self._copy, None
        if copy is None:
            return ()
        if copy.data is None:
            return (f"schema: {TOO_LARGE}",)
        found = violations(bytes(copy.data))
        told = tuple(f"schema: {violation}" for violation in found[:_TOLD])
        rest = len(found) - len(told)
        if not rest:
            return told
        return (*told, f"schema: {rest} further place(s){' at least' if len(found) == MOST_VIOLATIONS else ''}")


class _Copy:
    """
    A writer beside the sink's own; *data* is None once there was too much of it.
    """

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer
        self.data: bytearray | None = bytearray()

    def write(self, data: bytes) -> None:
        self._writer.write(data)
        if self.data is not None:
            self.data += data
            if len(self.data) > MAX_CHECKED:
                self.data = None

    def finish(self) -> SpooledPart:
        return self._writer.finish()

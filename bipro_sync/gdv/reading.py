"""Reads a file of the data set record by record, in bounded memory, whatever its bytes are; it never fails on them."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

from .choosing import chooser
from .decoding import Decoder
from .encodings import Encoding, detected, given, undecided
from .files import Source, opened
from .findings import Finding
from .former import Versions, versions_of
from .layouts import RECORD_LENGTH
from .lines import Line, lines
from .record import Record
from .remarks import Remarks


def read(source: Source, *, encoding: str | None = None) -> Reading:
    """
    Return the records of a path, of bytes or of a binary file, one after the other as they are asked for.

    *encoding* overrides what the bytes say.  `OSError` where the path cannot be read, `UsageError` for an encoding
    that we do not know; nothing that stands in the file raises.

    >>> trailer = b"9999" + b"0000000000" + b"4711      " + b"000000000012345"
    >>> for record in read(trailer):
    ...     print(record.number, record.part.layout, record["Gesbeitrag"])
    1 9999 123.45
    """
    return Reading(source, given(encoding) if encoding else None)


class Reading:
    """
    The records of one file, to be gone through once.

    `encoding` may become more certain while reading; `findings` (of the bytes, not of what they say) are complete in
    the end.
    """

    def __init__(self, source: Source, encoding: Encoding | None) -> None:
        self._stream, ours = opened(source)
        if ours:
            weakref.finalize(self, self._stream.close)
        self._first = self._stream.read(_SAMPLE) or b""
        self._seen = len(self._first)
        self._decided = encoding is not None or not self._first.isascii()
        self.encoding = encoding or detected(self._first)
        self._remarks = Remarks()
        self._records = self._read()

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def __next__(self) -> Record:
        return next(self._records)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """
        Return what is noteworthy about the bytes read so far.
        """
        return self._remarks.findings()

    def _pull(self, size: int) -> bytes:
        """
        Give the next bytes; decide about the encoding by the first that tell.
        """
        data, self._first = self._first or self._stream.read(size) or b"", b""
        if not self._decided:
            self._seen += len(data)
            self._decided = not data.isascii()
            self.encoding = detected(data) if self._decided else undecided(self._seen)
        translation = self.encoding.translation
        return data.translate(translation.inward) if translation else data

    def _read(self) -> Iterator[Record]:
        decoder = Decoder(self.encoding)
        choose = chooser(Versions())
        usual: bytes | None = None
        for number, line in enumerate(lines(self._pull, counts_characters=self._counts_characters), 1):
            if decoder.encoding is not self.encoding:
                decoder = Decoder(self.encoding)
            raw = line.raw
            padded, wide = raw, None
            if len(raw) != RECORD_LENGTH or not (raw.isascii() or not self.encoding.counts_characters):
                padded, wide = self._inside(number, line)
            part = choose(padded)
            if part is not None and part.layout == "0001" and part.number == 1:
                choose = chooser(versions_of(padded))
            if line.before or line.ending != usual:
                usual = self._look_around(number, line, usual)
            translation = self.encoding.translation
            before, raw, ending = (
                (each.translate(translation.outward) if translation else each)
                for each in (line.before, line.raw, line.ending)
            )
            yield Record(number, line.offset, before, raw, ending, padded, part, decoder, wide)

    def _counts_characters(self) -> bool:
        return self.encoding.counts_characters

    def _inside(self, number: int, line: Line) -> tuple[bytes, str | None]:
        """
        Return a line as 256 bytes, and its characters where they do not fit into bytes.
        """
        raw = line.raw
        text = None
        if self.encoding.counts_characters and not raw.isascii():
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                self._remarks.note("bytes.not-utf-8", number, line.offset, len(raw))
        inside = raw if text is None else text.encode("latin-1", "replace")
        if len(inside) < RECORD_LENGTH:
            self._remarks.note("bytes.short-record", number, line.offset, len(raw))
        elif inside[RECORD_LENGTH:].strip(b" \0"):
            self._remarks.note("bytes.long-record", number, line.offset, len(raw))
        wide = text[:RECORD_LENGTH].ljust(RECORD_LENGTH) if text and not text.isascii() and _is_wide(text) else None
        return inside[:RECORD_LENGTH].ljust(RECORD_LENGTH), wide

    def _look_around(self, number: int, line: Line, usual: bytes | None) -> bytes | None:
        """
        Note what stands around a record; return how lines of this file end.
        """
        end = line.ending[:2] if line.ending.startswith(b"\r\n") else line.ending[:1].strip(b" \0\x1a")
        for code, around in (
            ("bytes.byte-order-mark", _BYTE_ORDER_MARK in line.before or _BYTE_ORDER_MARK in line.ending),
            ("bytes.ctrl-z", _CTRL_Z in line.before or _CTRL_Z in line.ending),
            ("bytes.blank-lines", bool((line.before + line.ending[len(end) :]).translate(None, _MARKS))),
            ("bytes.mixed-line-ends", bool(usual is not None and end and end != usual)),
        ):
            if around:
                self._remarks.note(code, number, line.offset)
        return end or None if usual is None else usual


def _is_wide(text: str) -> bool:
    return max(text) > "\xff"


_SAMPLE = 1 << 20
"""Bytes that the encoding is told by."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CTRL_Z = b"\x1a"
_MARKS = _BYTE_ORDER_MARK + _CTRL_Z

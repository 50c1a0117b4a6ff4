"""A file as a stream of bytes with its encoding: what reading it by records and by columns have in common."""

from __future__ import annotations

import weakref

from .encodings import detected, given, undecided, with_line_end
from .files import Source, opened
from .layouts import RECORD_LENGTH
from .pieces import AreAlike, Pieces, are_alike
from .remarks import Remarks


class Stream:
    """
    The bytes of one file, to be gone through once.

    `encoding` is what the bytes read so far say, or what the caller gave.
    """

    def __init__(self, source: Source, encoding: str | None) -> None:
        self.encoding = given(encoding) if encoding else undecided(0)
        self._decided = encoding is not None
        self._file, ours = opened(source)
        if ours:
            weakref.finalize(self, self._file.close)
        self.remarks = Remarks()
        self._seen = 0
        self._first = self._decide(self._file.read(_SAMPLE) or b"")
        self.encoding = with_line_end(self.encoding, self._first)

    def pieces(self, are_alike: AreAlike = are_alike) -> Pieces:
        """
        Return where records end, of bytes as they stand inside.
        """
        return Pieces(self._pull, counts_characters=lambda: self.encoding.counts_characters, are_alike=are_alike)

    def _pull(self, size: int) -> bytes:
        data, self._first = self._first or self._decide(self._file.read(size) or b""), b""
        inward = self.encoding.inward
        return data.translate(inward) if inward else data

    def _decide(self, data: bytes) -> bytes:
        """
        Decide about the encoding by the first bytes that tell; return them.
        """
        if not self._decided:
            self._seen += len(data)
            self._decided = not data.isascii()
            self.encoding = detected(data) if self._decided else undecided(self._seen)
        return data

    def inside(self, number: int, offset: int, raw: bytes) -> tuple[bytes, str | None]:
        """
        Return a line as 256 bytes, and its characters where they do not fit into bytes.
        """
        text = self.encoding.characters(raw)
        if text is None and self.encoding.counts_characters and not raw.isascii():
            self.remarks.note("bytes.not-utf-8", number, offset, len(raw))
        rest = raw[RECORD_LENGTH:] if text is None else text[RECORD_LENGTH:].encode()
        if len(raw if text is None else text) < RECORD_LENGTH:
            self.remarks.note("bytes.short-record", number, offset, len(raw))
        elif rest.strip(b" \0"):
            self.remarks.note("bytes.long-record", number, offset, len(raw))
        return self.encoding.inside(raw)

    def look_around(self, number: int, offset: int, before: bytes, ending: bytes, usual: bytes | None) -> bytes | None:
        """
        Note what stands around a record; return how lines of this file end.
        """
        own = ending.lstrip(_CTRL_Z)
        end = own[:2] if own.startswith(b"\r\n") else own[:1].strip(b" \0")
        loose = before + ending
        marked, ended = _BYTE_ORDER_MARK in loose, _CTRL_Z in loose
        rest = loose.translate(None, _BYTE_ORDER_MARK + _CTRL_Z) if marked or ended else loose
        for code, is_so in (
            ("bytes.byte-order-mark", marked),
            ("bytes.ctrl-z", ended),
            ("bytes.blank-lines", len(rest) > len(end)),
            ("bytes.mixed-line-ends", bool(usual and end and end != usual)),
        ):
            if is_so:
                self.remarks.note(code, number, offset)
        return usual or end


_SAMPLE = 1 << 20
"""Bytes that the encoding is told by."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CTRL_Z = b"\x1a"

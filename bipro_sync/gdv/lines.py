"""Cuts a stream of bytes into physical records, however they end, in bounded memory; no byte is ever dropped.

A record ends with its line, or after 256 bytes where the next one begins without a line end.  What is no record (a
byte order mark, blank lines, Ctrl-Z) hangs on the record before it, at the beginning on the one behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .layouts import RECORD_LENGTH
from .record_types import families


MOST_BYTES = 64 << 10
"""How long a line may be before it is cut, and how much of no record may hang on one."""

_CHUNK = 1 << 20
_ENOUGH = 2 * MOST_BYTES
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CTRL_Z = 0x1A
_NOTHING = b" \r\n\0\x1a"
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf|\x1a)*")


class Line(NamedTuple):
    """
    One physical record: where its own bytes begin, what stands before them, they themselves, and what ends them.
    """

    offset: int
    before: bytes
    raw: bytes
    ending: bytes


def lines(pull: Callable[[int], bytes], *, counts_characters: Callable[[], bool]) -> Iterator[Line]:
    """
    Give the physical records of what *pull* gives, which is asked for so many bytes until it gives none.

    *counts_characters* says whether a record is 256 characters of UTF-8; it is asked when bytes beyond ASCII are met.
    """
    return _Cutter(pull, counts_characters).lines()


class _Cutter:
    def __init__(self, pull: Callable[[int], bytes], counts_characters: Callable[[], bool]) -> None:
        self._pull = pull
        self._counts_characters = counts_characters
        self._buffer = b""
        self._base = 0
        self._at_end = False
        self._known = families()

    def lines(self) -> Iterator[Line]:
        """
        Give each record once the next one is there, so that what hangs on it is known.
        """
        held: Line | None = None
        loose = b""
        for line in self._pieces():
            if not line.raw and len(loose) + len(line.before) + len(line.ending) <= MOST_BYTES:
                loose += line.before + line.ending
                continue
            if held is None:
                held = line._replace(before=loose + line.before)
            else:
                yield held._replace(ending=held.ending + loose + line.before) if loose or line.before else held
                held = line._replace(before=b"") if line.before else line
            loose = b""
        if held is not None:
            yield held._replace(ending=held.ending + loose) if loose else held
        elif loose:
            yield Line(len(loose), loose, b"", b"")

    def _pieces(self) -> Iterator[Line]:
        """
        Give every line; one that holds nothing has its bytes in `before`.
        """
        place, ending = 0, b"\r\n"
        while True:
            place = self._refill(place)
            buffer = self._buffer
            last = len(buffer) - (0 if self._at_end else _ENOUGH)
            if place >= last:
                return
            while place < last:
                stop = place + RECORD_LENGTH
                raw = buffer[place:stop]
                behind = stop + len(ending)
                if (
                    buffer[stop:behind] == ending
                    and raw[:4] in self._known
                    and (ending or self._begins_record(buffer, stop))
                    and b"\n" not in raw
                    and b"\r" not in raw
                    and (raw.isascii() or not self._counts_characters())
                ):
                    yield Line(self._base + place, b"", raw, ending)
                    place = behind
                    continue
                line = self._cut(buffer, place)
                if line.raw:
                    ending = line.ending
                yield line
                place += len(line.before) + len(line.raw) + len(line.ending)

    def _refill(self, place: int) -> int:
        """
        Bring what lies before *place* out of the buffer and enough for any line into it; return the new place.
        """
        if self._at_end or len(self._buffer) - place > _ENOUGH:
            return place
        chunks = [self._buffer[place:]]
        size = len(chunks[0])
        while size <= _ENOUGH + _CHUNK:
            chunk = self._pull(_CHUNK)
            if not chunk:
                self._at_end = True
                break
            chunks.append(chunk)
            size += len(chunk)
        self._buffer = b"".join(chunks)
        self._base += place
        return 0

    def _cut(self, buffer: bytes, place: int) -> Line:
        """
        Return the line that begins at *place*, whatever it looks like.
        """
        found = _BEGINNING.match(buffer, place)
        start = found.end() if found else place
        stop, ending = _line_end(buffer, start)
        width = self._width(buffer, start, stop)
        if stop - start > width and self._begins_record(buffer, start + width):
            stop, ending = start + width, b""
        elif stop - start < width:
            stop, ending = self._beyond_a_line_end(buffer, start, width, stop, ending)
        raw = buffer[start:stop]
        own = raw.rstrip(b"\x1a") if raw.strip(_NOTHING) else b""
        ending = raw[len(own) :] + ending
        return Line(self._base + start, buffer[place:start], own, ending)

    def _begins_record(self, buffer: bytes, place: int) -> bool:
        return buffer[place : place + 4] in self._known

    def _width(self, buffer: bytes, start: int, stop: int) -> int:
        """
        Return how many bytes the 256 units of the record at *start* take.
        """
        window = buffer[start : min(stop, start + 4 * RECORD_LENGTH)]
        if window.isascii() or not self._counts_characters():
            return RECORD_LENGTH
        text = window.decode("utf-8", "surrogateescape")[:RECORD_LENGTH]
        return len(text.encode("utf-8", "surrogateescape"))

    def _beyond_a_line_end(self, buffer: bytes, start: int, width: int, stop: int, ending: bytes) -> tuple[int, bytes]:
        """
        Return where a short line ends: where it seems to, unless the line end stands inside a record of full length.
        """
        behind = stop + len(ending)
        if (
            not ending
            or behind >= len(buffer)
            or self._begins_record(buffer, behind)
            or not self._begins_record(buffer, start)
        ):
            return stop, ending
        full = start + width
        if buffer[full : full + 1] in {b"\r", b"\n"}:
            return full, _ending_at(buffer, full)
        return (full, b"") if self._begins_record(buffer, full) else (stop, ending)


def _line_end(buffer: bytes, start: int) -> tuple[int, bytes]:
    most = start + MOST_BYTES
    feed = buffer.find(b"\n", start, most)
    back = buffer.find(b"\r", start, feed if feed >= 0 else most)
    stop = back if back >= 0 else feed
    if stop < 0:
        return min(most, len(buffer)), b""
    return stop, _ending_at(buffer, stop)


def _ending_at(buffer: bytes, place: int) -> bytes:
    return b"\r\n" if buffer[place : place + 2] == b"\r\n" else buffer[place : place + 1]

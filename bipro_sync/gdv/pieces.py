"""Cuts a stream of bytes where its records end, in bounded memory, however they end; no byte is ever dropped.

A record ends with its line, or after 256 bytes where the next one begins without a line end.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Container, Iterator
from typing import NamedTuple, TypeAlias

from .layouts import RECORD_LENGTH
from .record_types import families


MOST_BYTES = 64 << 10
"""How long a line may be before it is cut, and how much of no record may hang on one."""

_CHUNK = 1 << 20
_ENOUGH = 2 * MOST_BYTES
_NOTHING = b" \r\n\0\x1a"
_MARKS = re.compile(rb"(?:\xef\xbb\xbf|\x1a){0,4096}")


Cut: TypeAlias = tuple[int, bytes, bytes, bytes]
"""The fields of a `Line`, which takes long to make."""


AreAlike: TypeAlias = Callable[[memoryview, int, bytes, Container[bytes]], bool]


class Line(NamedTuple):
    """
    One physical record: where its own bytes begin, what stands before them, they themselves, and what ends them.
    """

    offset: int
    before: bytes
    raw: bytes
    ending: bytes


class Run(NamedTuple):
    """
    Records of 256 bytes that follow each other, each with the same line end and nothing else around it.
    """

    offset: int
    data: memoryview
    records: int
    ending: bytes

    def lines(self) -> list[Cut]:
        """
        Return the fields of each record's `Line`.
        """
        first, ending = self.offset, self.ending
        step = RECORD_LENGTH + len(ending)
        raws = struct.iter_unpack(f"{RECORD_LENGTH}s{len(ending)}x", self.data)
        return [(first + index * step, b"", raw, ending) for index, (raw,) in enumerate(raws)]


class Pieces:
    """
    The pieces of a stream, to be gone through once.

    *pull* is asked for so many bytes until it gives none.  *counts_characters* says whether a record is 256 characters
    of UTF-8; it is asked where bytes beyond ASCII are met.  *are_alike* is the function below, or one as good.
    """

    def __init__(
        self, pull: Callable[[int], bytes], *, counts_characters: Callable[[], bool], are_alike: AreAlike
    ) -> None:
        self._are_alike = are_alike
        self._pull = pull
        self._counts_characters = counts_characters
        self._buffer = b""
        self._base = 0
        self._place = 0
        self._at_end = False
        self._ending = b"\r\n"
        self._most_alike = 1
        self._known = families()

    def __iter__(self) -> Iterator[Run | Line]:
        """
        Give runs of records that are all alike, and each other line; one that holds nothing has no bytes of its own.
        """
        while True:
            self._refill()
            last = len(self._buffer) - (0 if self._at_end else _ENOUGH)
            if self._place >= last:
                return
            while self._place < last:
                count = self._alike(last)
                yield self._run_of(count) if count else self._cut()

    def _refill(self) -> None:
        """
        Bring what was cut out of the buffer, and enough for any line into it.
        """
        if self._at_end:
            return
        chunks = [self._buffer[self._place :]]
        size = len(chunks[0])
        while size <= _ENOUGH + _CHUNK:
            chunk = self._pull(_CHUNK)
            if not chunk:
                self._at_end = True
                break
            chunks.append(chunk)
            size += len(chunk)
        self._buffer = b"".join(chunks)
        self._base += self._place
        self._place = 0

    def _alike(self, last: int) -> int:
        """
        Return how many records from here on certainly are 256 bytes long, with the usual line end and none inside.
        """
        buffer, place, ending = self._buffer, self._place, self._ending
        step = RECORD_LENGTH + len(ending)
        # The last of them may reach beyond *last*, so that every run of a large file but the first is a long one.
        room = last - place + (0 if self._at_end else step - 1)
        count = min(self._most_alike, room // step)
        stop = place + count * step
        if (
            count
            and self._are_alike(memoryview(buffer)[place:stop], count, ending, self._known)
            and (ending or self._begins_record(stop))
            and (not self._counts_characters() or buffer[place:stop].isascii())
        ):
            self._most_alike = min(2 * self._most_alike, _CHUNK // RECORD_LENGTH)
            return count
        self._most_alike = max(1, count // 4)
        return 0

    def _run_of(self, count: int) -> Run:
        """
        Take so many records that are all alike.
        """
        step = RECORD_LENGTH + len(self._ending)
        place, self._place = self._place, self._place + count * step
        return Run(self._base + place, memoryview(self._buffer)[place : self._place], count, self._ending)

    def _cut(self) -> Line:
        """
        Take the line that begins here, whatever it looks like; one that holds nothing has no bytes of its own.
        """
        buffer, place = self._buffer, self._place
        start = _behind_marks(buffer, place)
        stop, ending = _line_end(buffer, start)
        mark = buffer.find(b"\x1a", start, stop)
        if mark >= 0 and self._begins_record(_behind_marks(buffer, mark)):
            stop, ending = mark, b""
        width = self._width(start, stop)
        if stop - start > width and self._begins_record(start + width):
            stop, ending = start + width, b""
        elif stop - start < width:
            stop, ending = self._beyond_a_line_end(start, start + width, stop, ending)
        self._place = stop + len(ending)
        raw = buffer[start:stop]
        if _is_nothing(raw):
            return Line(self._base + self._place, buffer[place : self._place], b"", b"")
        self._ending = ending
        own = raw.rstrip(b"\x1a")
        return Line(self._base + start, buffer[place:start], own, raw[len(own) :] + ending)

    def _begins_record(self, place: int) -> bool:
        return self._buffer[place : place + 4] in self._known

    def _width(self, start: int, stop: int) -> int:
        """
        Return how many bytes the 256 units of the record at *start* take.
        """
        window = self._buffer[start : min(stop, start + 4 * RECORD_LENGTH)]
        if window.isascii() or not self._counts_characters():
            return RECORD_LENGTH
        text = window.decode("utf-8", "surrogateescape")[:RECORD_LENGTH]
        return len(text.encode("utf-8", "surrogateescape"))

    def _beyond_a_line_end(self, start: int, full: int, stop: int, ending: bytes) -> tuple[int, bytes]:
        """
        Return where a short line ends: where it seems to, unless the line end stands inside a record of full length.
        """
        behind = stop + len(ending)
        buffer = self._buffer
        if not ending or behind >= len(buffer) or self._begins_record(behind) or not self._begins_record(start):
            return stop, ending
        if buffer[full : full + 1] in {b"\r", b"\n"}:
            return full, _ending_at(buffer, full)
        return (full, b"") if self._begins_record(full) else (stop, ending)


def are_alike(data: memoryview, records: int, ending: bytes, starts: Container[bytes]) -> bool:
    """
    Say whether *data* are so many records of 256 bytes that begin with one of *starts*, each with this line end.

    None may have another line end inside.
    """
    step = RECORD_LENGTH + len(ending)
    whole = bytes(data)
    return (
        all(whole[RECORD_LENGTH + index :: step].count(byte) == records for index, byte in enumerate(ending))
        and all(whole.count(byte) == records * ending.count(byte) for byte in b"\r\n")
        and all(start in starts for (start,) in set(struct.iter_unpack(f"4s{step - 4}x", whole)))
    )


def _behind_marks(buffer: bytes, place: int) -> int:
    """
    Return where the byte order marks and end-of-file bytes at *place* end.
    """
    found = _MARKS.match(buffer, place)
    return found.end() if found else place


def _is_nothing(raw: bytes) -> bool:
    """
    Say whether a line holds nothing; long ones of one byte, as a file with a hole has, are compared at once.
    """
    first = raw[:1]
    return first in _NOTHING and (raw == first * len(raw) or not raw.translate(None, _NOTHING))


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

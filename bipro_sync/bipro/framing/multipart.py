"""Split a MIME multipart body that arrives in pieces; it must never change, lose or add a byte of a part.

RFC 2046, 5.1: the line break before a delimiter belongs to the delimiter, exactly one; what looks like a
delimiter and does not end like one is content.  Delimiters and headers need CRLF: with LF alone nobody could tell
whose a CR before it is.  The closing delimiter is demanded, a line break after it is not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ...errors import FramingError
from .media_type import parse_headers


MAX_PARTS = 10_000
MAX_HEADER_BYTES = 64 << 10
MAX_BOUNDARY = 256
"""Characters; RFC 2046 allows 70."""
_MAX_PADDING = 1 << 10
_CRLF = b"\r\n"
_BLANK_LINE = b"\r\n\r\n"
_CLOSING = b"--"


@dataclass(frozen=True, slots=True)
class PartBegin:
    """
    A part begins; its headers by lower-case name.
    """

    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class PartData:
    """
    The next bytes of the part.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """
    The part is complete.
    """


PartEvent = PartBegin | PartData | PartEnd


class _State(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    CONTENT = auto()
    EPILOGUE = auto()


class _Kind(Enum):
    NEXT = auto()
    CLOSE = auto()
    CONTENT = auto()
    UNDECIDED = auto()


class MultipartSplitter:
    """
    Takes a body in any pieces, gives the events of its parts; what it holds back is bounded.

    Raises :class:`FramingError` for a *boundary* that no honest sender has.
    """

    def __init__(self, boundary: str) -> None:
        if len(boundary) > MAX_BOUNDARY:
            raise FramingError("The answer's MIME boundary is longer than any honest one.")
        self._delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
        self._state = _State.PREAMBLE
        # A delimiter at the very start has no line break before it: lend it one.
        self._buffer = _CRLF
        # Bytes at the buffer's start that may begin a delimiter and are not content.
        self._lent = len(_CRLF)
        self._parts = 0

    def feed(self, data: bytes) -> Iterator[PartEvent]:
        """
        Give the events that *data* completes.  Raises :class:`FramingError`.
        """
        if self._state is not _State.EPILOGUE:
            self._buffer += data
            yield from self._advance(at_end=False)

    def finish(self) -> Iterator[PartEvent]:
        """
        End the body and give the last events.  Raises :class:`FramingError` where it is cut.
        """
        yield from self._advance(at_end=True)
        if self._state is not _State.EPILOGUE:
            raise FramingError("The answer is cut: its closing MIME delimiter is missing.")

    def _advance(self, *, at_end: bool) -> Iterator[PartEvent]:
        moved = True
        while moved and self._state is not _State.EPILOGUE:
            step = self._headers() if self._state is _State.HEADERS else self._content(at_end=at_end)
            moved = yield from step

    def _headers(self) -> Generator[PartEvent, None, bool]:
        # The buffer begins with the line break that ends the delimiter's line.
        end = self._buffer.find(_BLANK_LINE)
        if max(end, 0) > MAX_HEADER_BYTES or (end < 0 and len(self._buffer) > MAX_HEADER_BYTES):
            raise FramingError("A MIME part's headers are longer than any honest ones.")
        if end < 0:
            return False
        block = self._buffer[:end]
        if self._delimiter in block:
            raise FramingError("A MIME part ends within its headers.")
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise FramingError(f"The answer has more than {MAX_PARTS} MIME parts.")
        yield PartBegin(parse_headers(block))
        self._buffer = self._buffer[end + len(_CRLF) :]
        self._lent = len(_CRLF)
        self._state = _State.CONTENT
        return True

    def _content(self, *, at_end: bool) -> Generator[PartEvent, None, bool]:
        start = 0
        while (found := self._buffer.find(self._delimiter, start)) >= 0:
            kind, end = self._classify(found + len(self._delimiter), at_end=at_end)
            if kind is _Kind.CONTENT:
                start = found + len(_CRLF)
                continue
            yield from self._release(found)
            if kind is _Kind.UNDECIDED:
                return False
            if self._state is _State.CONTENT:
                yield PartEnd()
            self._buffer = self._buffer[end - found :]
            self._state = _State.EPILOGUE if kind is _Kind.CLOSE else _State.HEADERS
            return True
        yield from self._release(len(self._buffer) - len(self._delimiter) + 1)
        return False

    def _classify(self, position: int, *, at_end: bool) -> tuple[_Kind, int]:
        """
        Say what the look-alike is whose text ends at *position*, and where its line's text ends.
        """
        rest = self._buffer[position : position + _MAX_PADDING]
        closing = rest.startswith(_CLOSING)
        padded = rest[len(_CLOSING) :] if closing else rest
        line_break = padded.lstrip(b" \t")
        end = position + len(rest) - len(line_break)
        if line_break.startswith(_CRLF):
            return (_Kind.CLOSE if closing else _Kind.NEXT), end
        if line_break.startswith(b"\n") and self._state is _State.PREAMBLE:
            raise FramingError("The answer's MIME lines end in LF alone, where MIME demands CR and LF.")
        may_go_on = line_break in (b"", b"\r") or rest == b"-"
        if may_go_on and not at_end and len(rest) < _MAX_PADDING:
            return _Kind.UNDECIDED, end
        return (_Kind.CLOSE if may_go_on and closing else _Kind.CONTENT), end

    def _release(self, end: int) -> Iterator[PartEvent]:
        """
        Give the content up to *end*, and drop it from the buffer.
        """
        if end >= self._lent:
            if self._state is _State.CONTENT and end > self._lent:
                yield PartData(self._buffer[self._lent : end])
            self._buffer = self._buffer[end:]
            self._lent = 0

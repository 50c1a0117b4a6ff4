"""Tells a segment's whole lines from what a crash or a power cut left behind them; it reads, and judges no record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO


_LOST = b"\0"
"""What a file system shows where it kept a file's new length and not its bytes; no line of the log holds one."""


def whole_lines(segment: BinaryIO) -> Iterator[bytes]:
    """
    Yield the segment's lines from where it stands, up to a tail that a crash or a power cut may have left.

    A tail is a last line without its end, or lines in each of which bytes were lost.  Where an unharmed line follows,
    it is no tail: what was durable before is damaged, and is yielded for the caller to refuse.
    """
    for line in segment:
        if _is_harmed(line) and all(map(_is_harmed, segment)):
            return
        yield line


def _is_harmed(line: bytes) -> bool:
    return not line.endswith(b"\n") or _LOST in line

"""The list of what was about to be acknowledged, beside the second copy; it only grows, and outlives the archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from ..durable import AppendFile, FileLock, children, make_directory, read_tail, read_whole
from .copy_place import copy_errors


SEGMENT_BYTES = 16 << 20
_LONGEST_LINE = 64 << 10


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """
    One shipment about to be acknowledged: when, whose, its id, its path relative to the root, and the SHA-256 of its
    manifest and of what it says.
    """

    at: datetime
    insurer: str
    account: str
    shipment: str
    path: str
    manifest_sha256: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """
    A line of the list that is no record; *number* counts from 1.
    """

    segment: str
    number: int


class AcknowledgedList:
    """
    The list in `acknowledged/` below *root*, in segments of about 16 MiB; writers hold the lock on the file *lock*.
    """

    def __init__(self, root: Path, *, lock: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.directory = root / "acknowledged"
        self._lock = lock
        self._segment_bytes = segment_bytes

    def append(self, acknowledgement: Acknowledgement) -> None:
        """
        Append one line; durable when it returns.  Raises :class:`~bipro_sync.errors.SecondCopyError`.
        """
        line = msgspec.json.encode(acknowledgement) + b"\n"
        with FileLock(self._lock), copy_errors():
            make_directory(self.directory)
            segment = self._open_segment()
            try:
                segment.append(line)
                segment.sync()
            finally:
                segment.close()

    def read(self) -> Iterator[Acknowledgement | UnreadableLine]:
        """
        Yield every line, oldest first.

        A segment's last line may have been cut by a crash: its acknowledgement never left, and it is left out.
        """
        for segment in self._segments():
            with copy_errors():
                *lines, _cut = read_whole(segment).split(b"\n")
            for number, line in enumerate(lines, start=1):
                yield _decoded(line) or UnreadableLine(segment.name, number)

    def _segments(self) -> list[Path]:
        with copy_errors():
            return [path for path in children(self.directory) if path.suffix == ".jsonl"]

    def _open_segment(self) -> AppendFile:
        """
        Open the segment that takes the next line: the last one, unless it is full or does not end in a whole line.
        """
        segments = self._segments()
        if segments:
            last = AppendFile(segments[-1])
            if last.size() < self._segment_bytes and _ends_well(read_tail(last.path, _LONGEST_LINE)):
                return last
            last.close()
        return AppendFile(self.directory / f"acknowledged-{len(segments) + 1:06d}.jsonl")


def _ends_well(tail: bytes) -> bool:
    return not tail or (tail.endswith(b"\n") and _decoded(tail.split(b"\n")[-2]) is not None)


def _decoded(line: bytes) -> Acknowledgement | None:
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_DECODER = msgspec.json.Decoder(Acknowledgement)

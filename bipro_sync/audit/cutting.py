"""How far a copy of the log may go that is taken while others write to it: whole records, and what belongs to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..durable import children, is_directory, is_file, read_whole, size_of
from .pruned import pruned_of
from .reading import not_a_record
from .record import UNREADABLE
from .stillness import standing_still
from .tail import whole_lines


_SEGMENT = re.compile(r"audit-\d{6,}\.jsonl")
_NOT_COPIED = re.compile(r"\.lock|\.reserve|\.head|\.torn|\.tree|\..+\.[0-9a-f]{8}")
"""What means something beside the living log only: locks, room kept free, notes that spare reading, drafts."""


class _Line(msgspec.Struct):
    seq: int
    ts: str


_LINES = msgspec.json.Decoder(_Line)


@dataclass(frozen=True, slots=True)
class Cut:
    """
    The log as far as *records* go, the last of them of the time *ts*: how many bytes of each of its *segments*, by
    name, and the other files of it, by path relative to the log's directory: their content, or where it lies if it may
    be large, and never changes.
    """

    records: int
    ts: str
    segments: dict[str, int]
    others: dict[str, bytes | Path]


def cut_of(directory: Path) -> Cut:
    """
    Return where a copy of the log in *directory* may end now.

    Nobody writes meanwhile, so each checkpoint that the records tell of is there, and none that goes beyond them.
    Everything up to the cut is on the device, and stays as it is until it is pruned.  Raises
    :class:`~bipro_sync.errors.StorageError` where the log cannot be read, and
    :class:`~bipro_sync.errors.IntegrityError` where its last lines are no records.
    """
    with standing_still(directory):
        paths = [path for path in children(directory) if _SEGMENT.fullmatch(path.name)]
        paths.sort(key=lambda path: (len(path.name), path.name))
        segments = {path.name: size_of(path) or 0 for path in paths}
        gone = pruned_of(directory)
        records, ts = (gone.records, gone.ts) if gone else (0, "")
        # The last one may be empty, or hold nothing but what a crash has left.
        for path in reversed(paths):
            segments[path.name], last = _whole(path)
            if last is not None:
                records, ts = last.seq, last.ts
                break
        others = [
            path
            for place in (directory, directory / "checkpoints")
            for path in (children(place) if is_directory(place) else [])
            if is_file(path) and path.name not in segments and not _NOT_COPIED.fullmatch(path.name)
        ]
        return Cut(records, ts, segments, {str(path.relative_to(directory)): _content(path) for path in others})


def _content(path: Path) -> bytes | Path:
    # What a prune has kept of the records that are gone: too much to be read while all writers wait.
    return path if path.name.startswith("told-") else read_whole(path)


def _whole(path: Path) -> tuple[int, _Line | None]:
    """
    Return the bytes of a segment's whole lines, and the last of them.
    """
    size, last = 0, b""
    with path.open("rb") as file:
        for line in whole_lines(file):
            size, last = size + len(line), line
    try:
        return size, _LINES.decode(last) if last else None
    except UNREADABLE as error:
        raise not_a_record(path.name) from error

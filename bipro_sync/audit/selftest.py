"""Tries the check of the log on a copy in which one record was changed; the log itself is only read."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..durable import children, is_file, read_whole, write_new
from ..errors import Family, IntegrityError, UsageError
from .verification import verify


@dataclass(frozen=True, slots=True)
class TriedOut:
    """
    The record that was changed, the verdicts *before* and *after*, and whether it was *noticed* in its place.
    """

    changed: int
    before: str
    after: str
    noticed: bool


def try_out(directory: Path) -> TriedOut:
    """
    Copy the log in *directory* to a temporary place, change a digit in the middle of it, and check both.

    Raises :class:`~bipro_sync.errors.UsageError` where there are no two records, and
    :class:`~bipro_sync.errors.IntegrityError` where the log is damaged already.
    """
    with tempfile.TemporaryDirectory(prefix="bipro-sync-selftest-") as place:
        copy = Path(place) / "audit"
        _copy(directory, copy)
        before = verify(copy)
        if before.damaged:
            raise IntegrityError(
                f"The audit log is {before.headline}, so there is nothing to try.",
                hint="Keep everything as it is, and compare with the last backup before anything else.",
                family=Family.AUDIT,
            )
        changed = _change(copy)
        after = verify(copy)
    return TriedOut(changed, before.headline, after.headline, after.bad_seq == changed)


def _copy(source: Path, target: Path) -> None:
    """
    Copy what the check reads; segments are linked, and the one to be changed is copied when it is changed.
    """
    target.mkdir(mode=0o700)
    for path in children(source):
        if path.name.startswith("audit-") or path.name == "checkpoints":
            (target / path.name).symlink_to(path.resolve())
        elif is_file(path) and path.name in {".head", "pruned.json"}:
            write_new(target / path.name, read_whole(path))


def _change(copy: Path) -> int:
    """
    Change the last digit of the time in a record in the middle of the middle segment; return its number.
    """
    segments = sorted(path for path in children(copy) if path.name.startswith("audit-"))
    segment = segments[len(segments) // 2] if segments else None
    lines = read_whole(segment).split(b"\n")[:-1] if segment else []
    if segment is None or len(lines) <= 1:
        raise UsageError("The audit log has too few records to change one and see.")
    # Not the last one: without an anchor nobody could tell.
    number = (len(lines) - 1) // 2
    head, key, rest = lines[number].partition(b'"ts":"')
    end = rest.index(b'Z"')
    digit = b"1" if rest[end - 1 : end] != b"1" else b"2"
    lines[number] = head + key + rest[: end - 1] + digit + rest[end:]
    segment.unlink()
    write_new(segment, b"\n".join(lines) + b"\n")
    return int(head.partition(b'"seq":')[2].partition(b",")[0])

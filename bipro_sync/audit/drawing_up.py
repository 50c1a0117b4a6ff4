"""Draws up what a checkpoint says, from the log's own lines; it refuses what contradicts the checkpoint before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

import msgspec

from ..errors import Family, IntegrityError
from .chain import Head, beginning
from .checkpoint import Checkpoint
from .merkle import Frontier
from .pruned import pruned_of
from .record import UNREADABLE


class _Stamp(msgspec.Struct):
    ts: str


class _Kept(msgspec.Struct):
    """
    How far the log had been read, and the tree so far.
    """

    head: Head
    roots: list[bytes]


_STAMPS = msgspec.json.Decoder(_Stamp)
_KEPT = msgspec.json.Decoder(_Kept)
_Reading: TypeAlias = tuple[Head, Frontier]


@dataclass(frozen=True, slots=True)
class DrawnUp:
    """
    A checkpoint that is ready to be signed, and what spares the next one reading the log from its beginning.
    """

    checkpoint: Checkpoint
    kept: bytes


def draw_up(directory: Path, origin: str, last: Checkpoint | None, kept: bytes = b"") -> DrawnUp | None:
    """
    Return the checkpoint of the log as it is now, None as long as it has no records.

    *last* is the checkpoint before, whose signature was checked, *kept* what was kept with it: it need not be trusted,
    since nothing but the truth leads to the root that was signed.  Without it the whole log is read.  Raises
    :class:`~bipro_sync.errors.IntegrityError` where the log does not hang together, or is not the one of which *last*
    was drawn up.
    """
    head, tree = _read_before(directory, last, kept) or _read_from(directory)
    seen_last = last is None or tree.size == last.size
    if last is not None and seen_last:
        _demand_same(head, tree, last)
    line = b""

    def see(next_line: bytes) -> None:
        nonlocal line, seen_last
        tree.append(next_line)
        line = next_line
        if last is not None and tree.size == last.size:
            _demand_same(head, tree, last)
            seen_last = True

    head.catch_up(directory, see)
    if last is not None and (not seen_last or last.origin != origin):
        _refuse(last)
    if not tree.size:
        return None
    time = _STAMPS.decode(line).ts if line else last.time if last else ""
    checkpoint = Checkpoint(
        origin=origin, size=tree.size, root=tree.root, time=time, head=head.prev, insurers=dict(head.insurers)
    )
    return DrawnUp(checkpoint, msgspec.json.encode(_Kept(head, tree.roots)))


def _read_before(directory: Path, last: Checkpoint | None, kept: bytes) -> _Reading | None:
    """
    Return how far the log was read for *last*, where what was kept of that leads to its root and the log still has it.
    """
    if last is None:
        return None
    try:
        found = _KEPT.decode(kept)
        tree = Frontier(found.head.seq, found.roots)
    except (*UNREADABLE, ValueError):
        return None
    return (found.head, tree) if _is_same(found.head, tree, last) and found.head.is_in(directory) else None


def _read_from(directory: Path) -> _Reading:
    """
    Return where reading begins: before the first record that is left.
    """
    gone = pruned_of(directory)
    return beginning(directory), gone.tree() if gone else Frontier()


def _is_same(head: Head, tree: Frontier, last: Checkpoint) -> bool:
    return (tree.size, tree.root, head.prev, head.insurers) == (last.size, last.root, last.head, dict(last.insurers))


def _demand_same(head: Head, tree: Frontier, last: Checkpoint) -> None:
    if not _is_same(head, tree, last):
        _refuse(last)


def _refuse(last: Checkpoint) -> NoReturn:
    raise IntegrityError(
        f"The audit log is not the one that had {last.size} records at {last.time}, as its last checkpoint says; no "
        "new one was drawn up.",
        hint="Keep everything as it is; `bipro-sync audit verify` says where, a backup says what it was.",
        family=Family.AUDIT,
    )

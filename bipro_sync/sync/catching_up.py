"""Copying all that the second copy lacks, and taking a directory for it: an operator's doing; no insurer is asked."""

from __future__ import annotations

from dataclasses import dataclass

from ..archive import CopyDebts, CopyPlace, SecondCopy, stored_paths, tombstone_at
from ..audit import RecordType
from ..durable import FileLock
from ..errors import BiproSyncError, BusyError, IntegrityError
from .copying import Copying
from .workplace import Workplace


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """
    How many shipments were copied, how many were there and are equal, and what is wrong with others.
    """

    copied: int
    present: int
    damaged: tuple[BiproSyncError, ...]


def take(place: Workplace, directory: CopyPlace) -> None:
    """
    Make the directory this archive's second copy: after a restore, or a new disk.  The audit log notes who did it.
    """
    directory.take()
    place.audit.write(RecordType.OPERATOR_DECISION, detail=f"{directory.root} is taken as the second copy")


def catch_up(place: Workplace, directory: CopyPlace) -> CaughtUp:
    """
    Copy every stored shipment that the copy lacks, re-read those it has, and pay what runs still owe.

    One damaged shipment stops no other.  Raises :class:`~bipro_sync.errors.SecondCopyError` where the copy fails; what
    was copied until then stays.
    """
    directory.demand()
    lock = FileLock(directory.state / "walk.lock")
    if not lock.acquire(wait=False):
        raise BusyError("Another `archive copy` is at work.")
    try:
        done = _copy_all(place, directory)
    finally:
        lock.release()
    place.audit.write(
        RecordType.BACKUP,
        count=done.copied,
        outcome="damaged" if done.damaged else "ok",
        detail=f"second copy; {done.present} shipment(s) were there already; {len(done.damaged)} finding(s)",
    )
    return done


_WRITER = ".walk"
"""Whose drafts these are: no insurer is called so, and a pull that copies at the same time keeps its own."""


def _copy_all(place: Workplace, directory: CopyPlace) -> CaughtUp:
    copy = SecondCopy(directory)
    copied = present = 0
    damaged: dict[str, BiproSyncError] = {}
    for path in stored_paths(place.layout):
        try:
            tombstone = tombstone_at(place.layout, path)
            new = copy.bury(tombstone) if tombstone else copy.copy(path, writer=_WRITER)
        except IntegrityError as error:
            damaged[error.message] = error
        else:
            copied, present = copied + new, present + (not new)
    copying = Copying(directory, place.clock, writer=_WRITER)
    for insurer in CopyDebts(directory).insurers():
        copying.settle(insurer, stop=lambda: False)
        damaged |= {error.message: error for error in copying.troubles(insurer)}
    return CaughtUp(copied, present, tuple(damaged.values()))

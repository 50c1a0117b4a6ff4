"""Trying a backup out: all of it is laid out in a passing place, and checked there as an archive would be."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..archive import ArchiveFinding, Layout, Subset, verify_archive
from ..audit.verification import Verification, verify
from ..durable import DirectoryLock, errors, make_scratch, names, remove_tree
from ..errors import IntegrityError
from ..model.verifier import Verifier
from .index import Backup
from .laying import lay_out
from .target import Target


_PREFIX = "bipro-sync-verify-"

_OLDER = "An older backup may have it whole."


@dataclass(frozen=True, slots=True)
class Verified:
    """
    What a backup holds that was tried out: its shipments and bytes (of the part looked at), what is wrong with them,
    and the verdict on its audit log, None where so much is damaged that there is none.
    """

    backup: Backup
    shipments: int
    bytes: int
    findings: tuple[ArchiveFinding, ...]
    log: Verification | None

    @property
    def headline(self) -> str:
        """
        The verdict on the log in one sentence without its full stop.
        """
        return self.log.headline if self.log else "damaged, or not looked at"

    @property
    def damaged(self) -> bool:
        """
        Whether the backup is not what was written.
        """
        return bool(self.findings) or self.log is None or self.log.damaged


def try_out(
    target: Target,
    backup: Backup,
    place: Path,
    *,
    subset: Subset,
    known: Collection[Verifier],
    anchors: Collection[Path],
    step: Callable[[str], None],
) -> Verified:
    """
    Lay the backup out in a directory of its own in *place*, verify archive and log there, and remove it again.

    *known* keys and *anchors*, single notes that its log must agree with, vouch for its log.  Raises
    :class:`~bipro_sync.errors.StorageError` where there is no room.
    """
    _remove_dead(place)
    with _passing_directory(place) as directory:
        layout = Layout(directory / "archive")
        try:
            laid = lay_out(target, backup, layout, subset=subset, step=step)
        except IntegrityError as error:
            return Verified(backup, 0, 0, (ArchiveFinding("audit log or state", error.message, _OLDER),), None)
        found = verify_archive(layout, subset)
        log = verify(layout.audit, known=known, anchors=anchors)
    lost = [ArchiveFinding(path, problem, _OLDER) for path, problem in laid.findings]
    return Verified(backup, found.shipments, found.bytes, (*lost, *found.findings), log)


@contextmanager
def _passing_directory(place: Path) -> Iterator[Path]:
    directory = place / f"{_PREFIX}{secrets.token_hex(4)}"
    make_scratch(directory)
    with DirectoryLock(directory):
        try:
            yield directory
        finally:
            _remove(directory)


def _remove_dead(place: Path) -> None:
    """
    Remove what processes have left that died here: customers' mail in clear.  Who is at work holds a lock.
    """
    for name in list(names(place)):
        if name.startswith(_PREFIX):
            lock = DirectoryLock(place / name)
            if lock.acquire(wait=False):
                _remove(place / name)
                lock.release()


def _remove(directory: Path) -> None:
    # What is laid out as an archive is read-only.
    for root, inside, _ in os.walk(directory):
        for name in inside:
            with errors("remove", directory):
                (Path(root) / name).chmod(0o700)
    remove_tree(directory)

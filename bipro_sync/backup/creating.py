"""Making a backup while the archive is at work; only what the directory lacks is copied, and each backup is whole.

The order makes it consistent: first what `state/` holds, which must not know more of the log than the copy has; then
the log, cut behind a whole record; then the shipments, so that each of which the copied log tells is there.  The
catalogue is left out: it is made again from these.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from ..archive import LastBackup, Layout
from ..audit.cutting import Cut, cut_of
from ..durable import chunks, is_directory, names, read_whole
from ..errors import StorageError
from .index import FORMAT, Backup, KeptMonth, KeptPack, KeptSegment, KeptShipment, written
from .memory import Memory
from .packing import Member, members_of, packed
from .target import Target


Step = Callable[[str], None]

_NOT_COPIED = {"archive.json", "catalogue.lock", "locks", "backup", "bipro-sync-restore.json"}
"""What in `state/` belongs to this machine alone: its configuration's card, locks, what it knows of backups."""

_PASSING = re.compile(r"lock|\.lock|.+\.lock|\..+\.[0-9a-f]{8}")
"""Locks, and drafts of files that are being replaced."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What a backup tells of where it comes from; *missing* are sentences on what is not in it.
    """

    software: str
    environment: str
    configuration: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Created:
    """
    A backup that was made: how many shipments were copied for it, and how many bytes written; what was *left out* lies
    where shipments do, and is none.
    """

    backup: Backup
    copied: int
    bytes: int
    left_out: tuple[str, ...]


def create(target: Target, layout: Layout, facts: Facts, now: datetime, step: Step) -> Created:
    """
    Make a backup of the archive; durable when it returns, and until then the last one is the last.

    The caller holds the directory alone, and lets nobody prune or rebuild meanwhile.  Raises
    :class:`~bipro_sync.errors.StorageError` where archive or directory fail.
    """
    return _Creating(target, layout, step).run(facts, now)


class _Creating:
    """
    One backup under way.
    """

    def __init__(self, target: Target, layout: Layout, step: Step) -> None:
        self._target = target
        self._layout = layout
        self._step = step
        self._memory = Memory(layout, target.marker.name)
        self._copied = self._bytes = 0
        self._left_out: list[str] = []

    def run(self, facts: Facts, now: datetime) -> Created:
        self._target.clear_drafts()
        state = self._pack("state", _state(self._layout.state))
        cut = cut_of(self._layout.audit)
        log = self._pack("audit", [Member(f"audit/{name}", 0o600, data) for name, data in cut.others.items()])
        segments = tuple(self._segment(name, size) for name, size in cut.segments.items() if size)
        months = tuple(self._months())
        tombstones = tuple(self._tombstones())
        backup = Backup(
            format=FORMAT,
            name=f"{now:%Y%m%dT%H%M%S.%fZ}",
            made_at=now,
            software=facts.software,
            environment=facts.environment,
            configuration=facts.configuration,
            records=cut.records,
            log_ts=cut.ts,
            segments=segments,
            packs=(state, log, *tombstones),
            months=months,
            missing=facts.missing,
        )
        self._finish(backup, cut)
        return Created(backup, self._copied, self._bytes, tuple(self._left_out))

    def _finish(self, backup: Backup, cut: Cut) -> None:
        index, target = written(backup), self._target
        listings = [month.object for month in backup.months]
        objects = [*(each.object for each in backup.segments), *(each.object for each in backup.packs)]
        target.settle()
        target.enter(backup.name, index, [*listings, *objects])
        last = LastBackup(
            at=backup.made_at,
            name=backup.name,
            directory=str(target.root),
            target=target.marker.name,
            records=cut.records,
        )
        self._memory.keep(index, last, listings)

    def _put(self, content: Iterable[bytes]) -> str:
        name, size = self._target.put(content)
        self._bytes += size
        return name

    def _pack(self, path: str, members: list[Member], state: str = "") -> KeptPack:
        return KeptPack(path=path, object=self._put(packed(members)), state=state)

    def _segment(self, name: str, size: int) -> KeptSegment:
        # What a segment once held it holds for good: one that is as long as it was is what it was.
        before = self._memory.backup.segments if self._memory.backup else ()
        known = next((each for each in before if (each.name, each.size) == (name, size)), None)
        if known is None:
            known = KeptSegment(name=name, size=size, object=self._put(_first(self._layout.audit / name, size)))
        self._step("audit segments")
        return known

    def _months(self) -> Iterator[KeptMonth]:
        for path in _month_directories(self._layout, "shipments", "quarantine"):
            kept = [*self._shipments(path)]
            if kept:
                listing = written(kept)
                name = self._put([listing])
                self._target.note_refs(name, (each.object for each in kept))
                self._memory.keep_month(name, listing)
                yield KeptMonth(path=str(path), object=name, shipments=len(kept))

    def _shipments(self, month: PurePosixPath) -> Iterator[KeptShipment]:
        before = self._memory.month(str(month))
        buried = {name.removesuffix(".json") for name in names(self._layout.tombstones / month)}
        for name in sorted(names(self._layout.root / month)):
            known, erased = before.get(name), name in buried
            if known is None and not is_directory(self._layout.root / month / name):
                self._left_out.append(f"{month}/{name}")
                continue
            if known is None or known.erased is not erased:
                files = members_of(self._layout.root / month / name)
                known = KeptShipment(name=name, object=self._put(packed(files)), erased=erased)
                self._copied += 1
            self._step("shipments")
            yield known

    def _tombstones(self) -> Iterator[KeptPack]:
        before = {each.path: each for each in self._memory.backup.packs} if self._memory.backup else {}
        for place in ("shipments", "quarantine"):
            for path in _month_directories(self._layout, f"tombstones/{place}"):
                state = _state_of(self._layout.root / path)
                known = before.get(str(path))
                if known is None or known.state != state:
                    known = self._pack(str(path), members_of(self._layout.root / path, f"{path}/"), state)
                yield known


def _month_directories(layout: Layout, *places: str) -> Iterator[PurePosixPath]:
    for place in places:
        for insurer in sorted(names(layout.root / place)):
            for year in sorted(names(layout.root / place / insurer)):
                for month in sorted(names(layout.root / place / insurer / year)):
                    yield PurePosixPath(place, insurer, year, month)


def _state(directory: Path, below: str = "state") -> list[Member]:
    """
    Return what `state/` holds, read at once: runs replace and remove these files.
    """
    found = []
    for name in sorted(names(directory)):
        path = directory / name
        if _PASSING.fullmatch(name) or (below == "state" and name in _NOT_COPIED):
            continue
        if is_directory(path):
            found += _state(path, f"{below}/{name}")
        elif (content := _still_there(path)) is not None:
            found.append(Member(f"{below}/{name}", 0o600, content))
    return found


def _still_there(path: Path) -> bytes | None:
    """
    Return a file's content; None where it is gone, as paid debts and lifted suspensions go by themselves.
    """
    try:
        return read_whole(path)
    except StorageError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def _first(path: Path, size: int) -> Iterator[bytes]:
    """
    Yield the first *size* bytes of a file.
    """
    left = size
    for chunk in chunks(path):
        yield chunk[:left]
        left -= len(chunk[:left])
        if not left:
            return
    raise StorageError(f"{path} has become shorter while it was copied.", hint="Try again.")


def _state_of(directory: Path) -> str:
    """
    Return what changes with any file in a directory.
    """
    with os.scandir(directory) as entries:
        told = sorted((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries)
    return hashlib.sha256(repr(told).encode()).hexdigest()

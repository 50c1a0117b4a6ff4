"""What of the archive may go because its term is over, and what stays all the same; nothing here changes anything."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath

from ..archive import Archive, CopyDebts, CopyPlace, Layout, Manifest, Tombstone, stored_paths, tombstone_at
from ..catalog import Entry, Queries, kept_aside
from ..durable import exists
from ..errors import IntegrityError
from ..model.kinds import Kind
from ..model.retention import Terms, first_day
from ..model.states import ShipmentState
from ..model.zone import BERLIN
from .keeping import holds_of


@dataclass(frozen=True, slots=True)
class Over:
    """
    A stored delivery whose term is over: where it lies, whose it is, of what kind, since when it may go, its size.

    *tombstone* is the one that stands for it already where a prune was interrupted, *handed_to* the targets that were
    handed it and keep it.
    """

    path: PurePosixPath
    insurer: str
    shipment: str
    kind: Kind
    stored_at: datetime
    free_from: date
    bytes: int
    files: int
    manifest_sha256: str
    tombstone: Tombstone | None = None
    handed_to: tuple[str, ...] = ()

    def as_json(self) -> dict[str, str | int | bool | list[str]]:
        """
        Return it as the JSON output shows it.
        """
        return {
            "path": str(self.path),
            "insurer": self.insurer,
            "id": self.shipment,
            "kind": self.kind,
            "stored_at": self.stored_at.isoformat(),
            "free_from": self.free_from.isoformat(),
            "files": self.files,
            "bytes": self.bytes,
            "interrupted": self.tombstone is not None,
            "handed_to": list(self.handed_to),
        }


@dataclass(frozen=True, slots=True)
class Stays:
    """
    A delivery whose term is over and that stays all the same, and why.
    """

    path: PurePosixPath
    reason: str

    def as_json(self) -> dict[str, str]:
        """
        Return it as the JSON output shows it.
        """
        return {"path": str(self.path), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """
    What a prune would let go, what stays though its term is over, and what is in the way of any prune.
    """

    over: tuple[Over, ...]
    stays: tuple[Stays, ...]
    in_the_way: tuple[str, ...]

    @property
    def id(self) -> str:
        """
        What the plan is executed by: another plan has another.
        """
        lines = (f"{each.path} {each.manifest_sha256} {each.tombstone is not None}\n" for each in self.over)
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]

    @property
    def bytes(self) -> int:
        """
        How much goes.
        """
        return sum(each.bytes for each in self.over)


def plan_prune(layout: Layout, queries: Queries, terms: Terms, copy: CopyPlace | None, now: datetime) -> PrunePlan:
    """
    Look at all that is stored and say what may go now; nothing is changed.
    """
    planning = _Planning(layout, queries, terms, copy, now)
    over, stays = [], []
    for path in planning.candidates():
        found = planning.judged(path)
        if isinstance(found, Over):
            over.append(found)
        elif found is not None:
            stays.append(found)
    aside = kept_aside(layout.catalogue)
    in_the_way = [f"{name} is a catalogue that a rebuild kept aside, and holds the same words" for name in aside]
    over.sort(key=lambda each: str(each.path))
    stays.sort(key=lambda each: str(each.path))
    return PrunePlan(tuple(over), tuple(stays), tuple(in_the_way))


class _Planning:
    def __init__(self, layout: Layout, queries: Queries, terms: Terms, copy: CopyPlace | None, now: datetime) -> None:
        self._layout = layout
        self._archive = Archive(layout)
        self._queries = queries
        self._terms = terms
        self._today = now.astimezone(BERLIN).date()
        self._holds = holds_of(layout)
        self._owed = _owed(copy)

    def candidates(self) -> Iterator[PurePosixPath]:
        """
        Yield what lies there from years that are long enough ago, and every tombstone that was not finished.
        """
        for path in stored_paths(self._layout):
            # The year of the path is that of UTC, which is never later than Berlin's.
            if first_day(int(path.parts[2]), self._terms.shortest) <= self._today:
                yield path

    def judged(self, path: PurePosixPath) -> Over | Stays | None:
        """
        Say whether a delivery may go, or why not; None where its term is not over, or it has gone.
        """
        try:
            tombstone = tombstone_at(self._layout, path)
            manifest, digest = (
                (tombstone.manifest, tombstone.manifest_sha256) if tombstone else self._archive.manifest(path)
            )
        except IntegrityError as error:
            return Stays(path, error.message)
        entry = next(iter(self._queries.find(manifest.shipment, manifest.insurer)), None)
        over = self._over(path, manifest, digest, tombstone)
        if tombstone:
            return None if self._is_finished(path, entry) else over
        if over.free_from > self._today:
            return None
        objection = self._objection(path, manifest, entry)
        return Stays(path, objection) if objection else over

    def _over(self, path: PurePosixPath, manifest: Manifest, digest: str, tombstone: Tombstone | None) -> Over:
        erased = tombstone.erased if tombstone else ()
        sizes = [each.size for each in erased] or [*(file.size for file in manifest.files), manifest.envelope_size]
        return Over(
            path=path,
            insurer=manifest.insurer,
            shipment=manifest.shipment,
            kind=manifest.kind,
            stored_at=manifest.stored_at,
            free_from=self._terms.first_day(manifest.kind, manifest.stored_at),
            bytes=sum(sizes),
            files=len(sizes),
            manifest_sha256=digest,
            tombstone=tombstone,
            handed_to=self._queries.handed_to(manifest.insurer, manifest.shipment),
        )

    def _is_finished(self, path: PurePosixPath, entry: Entry | None) -> bool:
        forgotten = entry is None or entry.path != path or not entry.shown
        return forgotten and not exists(self._layout.root / path)

    def _objection(self, path: PurePosixPath, manifest: Manifest, entry: Entry | None) -> str | None:
        if hold := next((each for each in self._holds if each.covers(manifest.insurer, manifest.shipment)), None):
            return str(hold)
        if entry is None:
            return "the catalogue does not know it; `bipro-sync archive rebuild` first"
        if entry.state not in {ShipmentState.ACKNOWLEDGED, ShipmentState.IMPORTED}:
            return f"it is {entry.state}, and only what is acknowledged is over"
        if str(path) in self._owed:
            return "the second copy still lacks it; `bipro-sync archive copy` first"
        return None


def _owed(copy: CopyPlace | None) -> Collection[str]:
    if copy is None:
        return ()
    debts = CopyDebts(copy)
    read = (debts.read(file) for insurer in debts.insurers() for file in debts.of(insurer))
    return {debt.path for debt in read if debt}

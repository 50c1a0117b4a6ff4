"""What one insurer's runs remember beside the catalogue: clock, missing rights, odd lists; no run is decided by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from ..archive import Layout, read_state
from ..durable import make_directory, replace
from ..model.kinds import Kind


class MissingRight(msgspec.Struct, frozen=True, kw_only=True):
    """
    A right that an insurer says the account lacks: for which kind (None: for listing at all), what the insurer
    calls it, if that is known, and when it was first missed.
    """

    kind: Kind | None
    right: str | None
    since: datetime


class RunMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the file holds; *clock_skew* is the insurer's clock minus ours, in seconds, as seen at *clock_seen_at*.

    *list_remarks* say where the last run's lists do not fit our schemas.  *first_run_at* is when the first of these
    runs ended, *last_outcome* how the last did, *numbers* when something of a kind was last delivered for a broker
    number that is ours.
    """

    clock_skew: float | None = None
    clock_seen_at: datetime | None = None
    missing_rights: tuple[MissingRight, ...] = ()
    list_remarks: tuple[str, ...] = ()
    first_run_at: datetime | None = None
    last_outcome: str | None = None
    numbers: dict[str, dict[Kind, datetime]] = {}

    def after(
        self,
        *,
        skew: float | None,
        missing: Iterable[MissingRight],
        delivered: Collection[Kind],
        list_remarks: Iterable[str] | None,
        numbers: Mapping[str, Collection[Kind]],
        outcome: str,
        now: datetime,
    ) -> RunMemory:
        """
        Return what is remembered after a run: *missing* rights are added, and forgotten are those to a kind that
        was *delivered*, and that to a mailbox that was listed: *list_remarks* is None where it was not.  *numbers* are
        the kinds that were delivered for each broker number of ours, *outcome* is how the run ended.
        """
        known = {each.kind: each for each in self.missing_rights}
        cured = {*delivered, *([] if list_remarks is None else [None])}
        rights = {each.kind: known.get(each.kind, each) for each in missing}
        rights |= {kind: each for kind, each in known.items() if kind not in cured}
        return RunMemory(
            clock_skew=self.clock_skew if skew is None else skew,
            clock_seen_at=self.clock_seen_at if skew is None else now,
            missing_rights=tuple(rights.values()),
            list_remarks=self.list_remarks if list_remarks is None else tuple(list_remarks),
            first_run_at=self.first_run_at or now,
            last_outcome=outcome,
            numbers=self.numbers
            | {number: self.numbers.get(number, {}) | dict.fromkeys(kinds, now) for number, kinds in numbers.items()},
        )


_DECODER = msgspec.json.Decoder(RunMemory)


def remembered(layout: Layout, insurer: str) -> RunMemory:
    """
    Return what is remembered of an insurer.  Raises :class:`~bipro_sync.errors.StorageError` where it is garbage.
    """
    path = _file(layout, insurer)
    memory = read_state(
        path,
        _DECODER,
        problem=f"{path} cannot be read.",
        hint="Remove it: it holds only what status and doctor tell of earlier runs; the next one writes it anew.",
    )
    return memory or RunMemory()


def remember(layout: Layout, insurer: str, memory: RunMemory) -> None:
    """
    Keep *memory* durably.
    """
    path = _file(layout, insurer)
    make_directory(path.parent)
    replace(path, msgspec.json.encode(memory))


def _file(layout: Layout, insurer: str) -> Path:
    return layout.runs / f"{insurer}.json"

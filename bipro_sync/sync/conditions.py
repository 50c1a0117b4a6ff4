"""From what is known of all insurers to what somebody should be told of it; the one place that says how bad it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from ..archive import LATE, VERY_LATE, Layout
from ..catalog import Entry
from ..config import Config, Duration, parse_duration
from ..model.condition import Condition, Level, Matter
from ..model.states import ShipmentState
from ..model.zone import BERLIN
from ..notify.memory import failing_channels
from .certificate_memory import condition_of
from .overview import InsurerView, Overview
from .silence import Cadence, Reach, outcome_of, reach_of


NO_SUCCESS = timedelta(hours=24)
"""How long an insurer may stay unreachable before somebody is told: most troubles of a night are gone by noon."""

LONG_WITHOUT_SUCCESS = 3 * NO_SUCCESS
"""How long it takes until that is critical."""

NO_RUN = parse_duration("2 working days")
"""How long a run may be late that the schedule wants."""

_MOST_NAMED = 10
_HARMLESS = frozenset({"interrupted", "terminated", "busy"})
"""Outcomes of runs that failed here, and that the next run makes good."""

_COUNTED: Mapping[ShipmentState, Matter] = {
    ShipmentState.CONFLICT: Matter.CONFLICT,
    ShipmentState.ACK_REFUSED: Matter.ACK_REFUSED,
}


def conditions_of(seen: Overview, *, max_age: Duration | None = None) -> tuple[Condition, ...]:
    """
    Return what somebody should be told of; *max_age* is how old a last success may be, in place of :data:`NO_RUN`.
    """
    found = [condition for view in seen.insurers for condition in _of_insurer(view, seen.now, max_age)]
    if troubles := len(seen.anchoring.troubles):
        found.append(Condition(matter=Matter.AUDIT, level=Level.WARNING, facts={"count": str(troubles)}))
    for name, target in seen.targets.items():
        if target.failing_since:
            since = {"since": _said(target.failing_since)}
            found.append(Condition(matter=Matter.HANDOVER, level=Level.WARNING, about=name, facts=since))
    return (*found, *_backup(seen))


def all_conditions(config: Config, seen: Overview, *, max_age: Duration | None = None) -> list[Condition]:
    """
    Return what somebody should be told of, the ways of telling themselves included.

    Raises :class:`~bipro_sync.errors.StorageError` where it cannot be read how these work.
    """
    failing = failing_channels(config.alerts, Layout(config.archive.root).alerts)
    return [*conditions_of(seen, max_age=max_age), *failing]


def named(ids: Iterable[str]) -> str:
    """
    Return ids of shipments as a sentence names them: not more than a person would read.
    """
    every = list(ids)
    return ", ".join(every[:_MOST_NAMED]) + (", …" if len(every) > _MOST_NAMED else "")


def _of_insurer(view: InsurerView, now: datetime, max_age: Duration | None) -> Iterator[Condition]:
    name = view.name
    if view.problems:
        count = {"count": str(len(view.problems))}
        yield Condition(matter=Matter.CONFIGURATION, level=Level.CRITICAL, insurer=name, facts=count)
    elif view.in_service:
        runs = list(_runs(view, now, max_age))
        yield from runs
        # A silence that its insurer's runs explain is no news beside them.
        silent = [each for each in view.cadences if each.why is Reach.REACHABLE or (each.why and not runs)]
        yield from (_silence(name, each) for each in silent)
    yield from _shipments(view, now)
    if view.in_service and view.certificate and (ending := condition_of(name, view.certificate, now)):
        yield ending
    for missing in view.memory.missing_rights:
        yield Condition(
            matter=Matter.MISSING_RIGHT,
            level=Level.WARNING,
            insurer=name,
            about=missing.kind or "",
            facts={"kind": missing.kind or "", "since": _said(missing.since)},
        )


def _runs(view: InsurerView, now: datetime, max_age: Duration | None) -> Iterator[Condition]:
    summary, days = view.summary, view.expected.days
    attempt, success = summary.last_attempt_at, summary.last_success_at
    facts = {"attempt": _said(attempt), "success": _said(success), "outcome": outcome_of(summary, view.memory) or ""}

    def condition(matter: Matter, level: Level) -> Condition:
        return Condition(matter=matter, level=level, insurer=view.name, facts=facts)

    if attempt is None:
        yield condition(Matter.NEVER_RAN, Level.WARNING)
        return
    if NO_RUN.has_passed(max(attempt, view.expected.next_run(attempt)), now, days):
        yield condition(Matter.NOT_RUNNING, Level.CRITICAL)
        return
    heard = success or view.memory.first_run_at or attempt
    level = Level.CRITICAL if now - heard > LONG_WITHOUT_SUCCESS else Level.WARNING
    reach, outcome = reach_of(summary, view.memory), outcome_of(summary, view.memory)
    if reach is Reach.REFUSED:
        yield condition(Matter.REFUSED, Level.CRITICAL)
    elif reach is Reach.UNREACHABLE and now - heard > NO_SUCCESS:
        yield condition(Matter.UNREACHABLE, level)
    elif reach is Reach.FAILED and (now - heard > NO_SUCCESS or outcome not in _HARMLESS):
        yield condition(Matter.FAILING, level)
    elif max_age and max_age.has_passed(heard, now, days):
        yield condition(Matter.NOT_RUNNING, Level.CRITICAL)


def _silence(insurer: str, cadence: Cadence) -> Condition:
    kind, number = cadence.kind, cadence.number
    return Condition(
        matter=Matter.SILENCE,
        level=Level.CRITICAL if cadence.grave else Level.WARNING,
        insurer=insurer,
        about=f"{kind} {number}" if number else kind,
        facts={
            "kind": kind,
            "number": number or "",
            "expected": str(cadence.expected),
            "since": _said(cadence.last_delivery_at),
            "why": cadence.silence or "",
        },
    )


def _shipments(view: InsurerView, now: datetime) -> Iterator[Condition]:
    states, insurer = view.summary.states, view.name
    if count := states.get(ShipmentState.QUARANTINED, 0):
        facts = {"count": str(count), "since": _said(view.quarantined_since)}
        yield Condition(matter=Matter.QUARANTINE, level=Level.WARNING, insurer=insurer, weight=count, facts=facts)
    for state, matter in _COUNTED.items():
        if count := states.get(state, 0):
            facts = {"count": str(count)}
            yield Condition(matter=matter, level=Level.WARNING, insurer=insurer, weight=count, facts=facts)
    if view.ending:
        yield _ending(insurer, view.ending, now)


def _ending(insurer: str, entries: Iterable[Entry], now: datetime) -> Condition:
    ids = [entry.id for entry in entries]
    tomorrow = (now.astimezone(BERLIN) + timedelta(days=1)).date()
    soon = any(entry.is_over(tomorrow + timedelta(days=1)) for entry in entries)
    return Condition(
        matter=Matter.ENDING,
        level=Level.CRITICAL if soon else Level.WARNING,
        insurer=insurer,
        weight=len(ids),
        facts={"count": str(len(ids)), "ids": named(ids)},
    )


def _backup(seen: Overview) -> Iterator[Condition]:
    """
    Yield that the archive was not backed up as it should be; nothing where it is not to be.
    """
    at = seen.last_backup.at if seen.last_backup else None
    if seen.backed_up and (at is None or seen.now - at > LATE):
        level = Level.CRITICAL if at and seen.now - at > VERY_LATE else Level.WARNING
        yield Condition(matter=Matter.BACKUP, level=level, facts={"since": _said(at)})


def _said(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""

"""`bipro-sync status`: what happened last, insurer by insurer; it only reads, at a cost that does not grow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, UsageError
from .console import invocation, one_line
from .reading import iso, reading
from .times import shown_time


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..catalog import GdvSummary
    from ..config import Duration
    from ..model.condition import Condition
    from ..sync.overview import InsurerView, Overview


def register(app: typer.Typer) -> None:
    """
    Add `status`.
    """
    app.command("status")(status)


def status(
    context: typer.Context,
    max_age: Annotated[
        str | None,
        typer.Option(metavar="DUR", help='Exit 16 where the last success is older than this, such as "36 hours".'),
    ] = None,
    prometheus: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the figures for Prometheus into this file, too.")
    ] = None,
) -> None:
    """
    Show each insurer's last attempt, success and delivery.  These are three different things.
    """
    from ..model.ports import SystemClock
    from ..sync.conditions import all_conditions
    from ..sync.overview import overview

    this = invocation(context)
    config = this.config()
    oldest = None if max_age is None else duration(max_age)
    with reading(config) as (_, queries):
        seen = overview(config, queries, SystemClock().now())
    stale = [view.name for view in seen.insurers if oldest and _is_stale(view, oldest, seen)]
    code = ExitCode.STALE if stale else ExitCode.OK
    conditions = all_conditions(config, seen)
    backup = seen.last_backup
    document = {
        "audit": seen.anchoring.as_json(),
        "backup": {"at": iso(backup.at), "name": backup.name, "directory": backup.directory} if backup else None,
        "insurers": [_json(view, stale) for view in seen.insurers],
        "conditions": [condition_json(each) for each in conditions],
        "exit_code": int(code),
    }
    this.console.answer(document, lambda console: _table(console, seen, conditions))
    for name in stale:
        this.console.warn(f"{name}: no success within {max_age}; is the timer running?")
    if prometheus:
        from ..sync.figures import write_figures

        write_figures(prometheus.absolute(), config, seen)
    raise typer.Exit(code)


def duration(text: str) -> Duration:
    """
    Return the length of time that `--max-age` names; raises :class:`~bipro_sync.errors.UsageError` for none.
    """
    from ..config import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--max-age {error}.") from error


def condition_json(condition: Condition) -> dict[str, object]:
    """
    Return what somebody should see to as an object of the JSON outputs.
    """
    from ..notify.texts import said

    return {
        "matter": condition.matter,
        "level": condition.level.name.lower(),
        "insurer": condition.insurer,
        "about": condition.about,
        "text": said(condition, "en"),
    }


def _is_stale(view: InsurerView, oldest: Duration, seen: Overview) -> bool:
    success = view.summary.last_success_at
    return success is None or oldest.has_passed(success, seen.now, view.expected.days)


def _json(view: InsurerView, stale: Collection[str]) -> dict[str, object]:
    from ..sync.silence import reach_of

    summary = view.summary
    return {
        "insurer": view.name,
        "last_attempt_at": iso(summary.last_attempt_at),
        "last_success_at": iso(summary.last_success_at),
        "last_delivery_at": iso(summary.last_delivery_at),
        "last_outcome": summary.last_outcome,
        "last_error": summary.last_error,
        "reach": reach_of(summary, view.memory),
        "listed": summary.listed,
        "stale": view.name in stale,
        "suspended": view.suspended.as_json() if view.suspended else None,
        "missing_rights": [
            {"kind": each.kind, "right": each.right, "since": iso(each.since)} for each in view.memory.missing_rights
        ],
        "ending": [
            {"id": each.id, "state": each.state, "available_until": iso(each.available_until)} for each in view.ending
        ],
        "gdv": asdict(view.gdv),
        "states": dict(summary.states),
        "quarantined_since": iso(view.quarantined_since),
        "kinds": {
            kind: {"last_stored_at": iso(stored), "shipments": number}
            for kind, (stored, number) in summary.deliveries.items()
        },
        "expected": [each.as_json() for each in view.cadences],
        "broker_numbers": {
            number: {kind: iso(at) for kind, at in kinds.items()} for number, kinds in view.memory.numbers.items()
        },
    }


def _table(console: RichConsole, seen: Overview, conditions: Sequence[Condition]) -> None:
    from .tables import table_of

    console.print(f"Audit log: {seen.anchoring.headline}.")
    for trouble in seen.anchoring.troubles:
        console.print(one_line(trouble))
    if seen.backed_up or seen.last_backup:
        console.print(f"Last backup: {shown_time(seen.last_backup.at) if seen.last_backup else 'never'}.")
    table = table_of(("insurer", "last attempt (UTC)", "last success", "last delivery", "outcome"))
    for view in seen.insurers:
        summary = view.summary
        table.add_row(
            view.name,
            shown_time(summary.last_attempt_at) if summary.last_attempt_at else "never",
            shown_time(summary.last_success_at),
            shown_time(summary.last_delivery_at),
            summary.last_outcome or "-",
        )
    console.print(table)
    for view in seen.insurers:
        for line in _lines(view):
            console.print(one_line(f"{view.name}: {line}"))
    _to_see_to(console, conditions)


def _lines(view: InsurerView) -> Iterator[str]:
    """
    Yield what is to be said of one insurer below the table.
    """
    summary = view.summary
    if view.suspended:
        yield str(view.suspended)
    for entry in view.ending:
        yield f"shipment {entry.id} is {entry.state}, and available until {entry.available_until}"
    states = ", ".join(f"{number} {state.value}" for state, number in sorted(summary.states.items()))
    yield states or "no shipments yet"
    for kind, (stored, number) in sorted(summary.deliveries.items()):
        yield f"{kind.value}: {number} so far, the last on {shown_time(stored)}"
    for broker_number, kinds in sorted(view.memory.numbers.items()):
        last = ", ".join(f"{kind.value} on {shown_time(at)}" for kind, at in sorted(kinds.items()))
        yield f"for the broker number {broker_number}: {last}"
    for each in view.memory.missing_rights:
        right = f" (it needs: {each.right})" if each.right else ""
        what = f"shipments of the kind {each.kind}" if each.kind else "the list of shipments"
        yield f"the right to {what} is missing since {shown_time(each.since)}{right}"
    yield from _sayings(view.gdv)
    if summary.last_error:
        yield summary.last_error


def _to_see_to(console: RichConsole, conditions: Sequence[Condition]) -> None:
    from ..notify.texts import LEVELS, said

    for each in sorted(conditions, key=lambda each: -each.level):
        console.print(one_line(f"{LEVELS['en'][each.level]}: {said(each, 'en')}"))


def _sayings(gdv: GdvSummary) -> Iterator[str]:
    if gdv.waiting:
        yield f"{gdv.waiting} with GDV files that were not looked at yet"
    if gdv.unreadable:
        yield f"{gdv.unreadable} with GDV files that could not be read or not be read whole"
    if gdv.foreign:
        yield f"{gdv.foreign} with other brokers' numbers in GDV files"

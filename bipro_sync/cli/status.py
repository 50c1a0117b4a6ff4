"""`bipro-sync status`: what happened last, insurer by insurer; it only reads, at a cost that does not grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, UsageError
from .console import invocation, one_line
from .reading import iso, reading
from .times import shown_time


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..audit.anchoring import Anchoring
    from ..catalog import Entry, GdvSummary, InsurerSummary
    from ..config import Duration
    from ..sync.memory import MissingRight
    from ..sync.stop_switch import Suspension


def register(app: typer.Typer) -> None:
    """
    Add `status`.
    """
    app.command("status")(status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """
    What `status` tells of an insurer beside the catalogue's summary; *ending* is what must not end unseen.
    """

    suspended: Suspension | None
    missing_rights: Sequence[MissingRight]
    ending: Sequence[Entry]
    stale: bool
    gdv: GdvSummary


def status(
    context: typer.Context,
    max_age: Annotated[
        str | None,
        typer.Option(metavar="DUR", help='Exit 16 where the last success is older than this, such as "36 hours".'),
    ] = None,
) -> None:
    """
    Show each insurer's last attempt, success and delivery.  These are three different things.
    """
    from ..archive import Layout
    from ..audit.anchoring import Anchoring
    from ..catalog import GdvSummary, InsurerSummary
    from ..model.ports import SystemClock
    from ..sync.ending import ending_before
    from ..sync.last_run import as_it_ended
    from ..sync.memory import remembered
    from ..sync.stop_switch import suspension_of

    this = invocation(context)
    config = this.config()
    oldest = None if max_age is None else _duration(max_age)
    now = SystemClock().now()
    with reading(config) as (_, queries):
        summaries = queries.summaries()
        ending = queries.ending(list(config.insurers), ending_before(now))
        gdv = queries.gdv.summaries()
    layout = Layout(config.archive.root)
    known = {each.insurer: as_it_ended(layout, each) for each in summaries if each.insurer in config.insurers}
    summaries = [known.get(name, InsurerSummary(name)) for name in config.insurers]
    stale = [
        summary.insurer
        for summary in summaries
        if oldest and (summary.last_success_at is None or oldest.after(summary.last_success_at) < now)
    ]
    rest = {
        name: _Rest(
            suspended=suspension_of(layout, name),
            missing_rights=remembered(layout, name).missing_rights,
            ending=[entry for entry in ending if entry.insurer == name],
            stale=name in stale,
            gdv=gdv.get(name, GdvSummary()),
        )
        for name in config.insurers
    }
    code = ExitCode.STALE if stale else ExitCode.OK
    shown = [_json(each, rest[each.insurer]) for each in summaries]
    anchoring = Anchoring.of(config.audit, layout.audit)
    document = {"audit": anchoring.as_json(), "insurers": shown, "exit_code": int(code)}
    this.console.answer(document, lambda console: _table(console, anchoring, summaries, rest))
    for name in stale:
        this.console.warn(f"{name}: no success within {max_age}; is the timer running?")
    raise typer.Exit(code)


def _duration(text: str) -> Duration:
    from ..config import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--max-age {error}.") from error


def _json(summary: InsurerSummary, rest: _Rest) -> dict[str, object]:
    return {
        "insurer": summary.insurer,
        "last_attempt_at": iso(summary.last_attempt_at),
        "last_success_at": iso(summary.last_success_at),
        "last_delivery_at": iso(summary.last_delivery_at),
        "last_outcome": summary.last_outcome,
        "last_error": summary.last_error,
        "listed": summary.listed,
        "stale": rest.stale,
        "suspended": rest.suspended.as_json() if rest.suspended else None,
        "missing_rights": [
            {"kind": each.kind, "right": each.right, "since": iso(each.since)} for each in rest.missing_rights
        ],
        "ending": [
            {"id": each.id, "state": each.state, "available_until": iso(each.available_until)} for each in rest.ending
        ],
        "gdv": asdict(rest.gdv),
        "states": dict(summary.states),
        "kinds": {
            kind: {"last_stored_at": iso(stored), "shipments": number}
            for kind, (stored, number) in summary.deliveries.items()
        },
    }


def _table(
    console: RichConsole, anchoring: Anchoring, summaries: Sequence[InsurerSummary], rests: Mapping[str, _Rest]
) -> None:
    from .tables import table_of

    console.print(f"Audit log: {anchoring.headline}.")
    for trouble in anchoring.troubles:
        console.print(one_line(trouble))
    table = table_of(("insurer", "last attempt (UTC)", "last success", "last delivery", "outcome"))
    for summary in summaries:
        table.add_row(
            summary.insurer,
            shown_time(summary.last_attempt_at) if summary.last_attempt_at else "never",
            shown_time(summary.last_success_at),
            shown_time(summary.last_delivery_at),
            summary.last_outcome or "-",
        )
    console.print(table)
    for summary in summaries:
        rest = rests[summary.insurer]
        if rest.suspended:
            console.print(f"{summary.insurer}: {rest.suspended}")
        for entry in rest.ending:
            until = f"available until {entry.available_until}"
            console.print(one_line(f"{summary.insurer}: shipment {entry.id} is {entry.state}, and {until}"))
        states = ", ".join(f"{number} {state.value}" for state, number in sorted(summary.states.items()))
        console.print(f"{summary.insurer}: {states or 'no shipments yet'}")
        for kind, (stored, number) in sorted(summary.deliveries.items()):
            console.print(f"{summary.insurer}: {kind.value}: {number} so far, the last on {shown_time(stored)}")
        for saying in _sayings(rest.gdv):
            console.print(f"{summary.insurer}: {saying}")
        for each in rest.missing_rights:
            right = f" (it needs: {each.right})" if each.right else ""
            what = f"shipments of the kind {each.kind}" if each.kind else "the list of shipments"
            console.print(f"{summary.insurer}: the right to {what} is missing since {shown_time(each.since)}{right}")
        if summary.last_error:
            console.print(f"{summary.insurer}: {one_line(summary.last_error)}")


def _sayings(gdv: GdvSummary) -> Iterator[str]:
    if gdv.waiting:
        yield f"{gdv.waiting} with GDV files that were not looked at yet"
    if gdv.unreadable:
        yield f"{gdv.unreadable} with GDV files that could not be read or not be read whole"
    if gdv.foreign:
        yield f"{gdv.foreign} with other brokers' numbers in GDV files"

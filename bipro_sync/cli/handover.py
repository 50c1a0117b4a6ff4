"""`bipro-sync handover`: hands over what targets are owed, once more where somebody asks, and says how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, UsageError
from .console import invocation, one_line
from .times import shown_time


if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console as RichConsole

    from ..catalog import Entry, Queries, TargetState
    from ..config import Config, HandoverSection
    from ..handover import TargetReport


Names = Annotated[list[str] | None, typer.Argument(metavar="[TARGET…]", help="Only these targets.")]


def register(app: typer.Typer) -> None:
    """
    Add the group `handover`.
    """
    group = typer.Typer(help="Other systems of the house, and what they were given.")
    group.command("run")(run)
    group.command("list")(list_targets)
    app.add_typer(group, name="handover")


def run(
    context: typer.Context,
    names: Names = None,
    shipment: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This one once more, where its kind is taken; repeatable.")
    ] = None,
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Whose, where several have an id.")] = None,
) -> None:
    """
    Hand over what is owed.  Exit 3 where a target lacks something still, or something is infected.
    """
    from ..catalog import Marks
    from ..handover import Desk, hand_over
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.telling import tell_of_state
    from ..sync.workplace import open_workplace

    this = invocation(context)
    config, reports = this.config(), []
    with open_workplace(config, SystemClock(), Verb.HANDOVER_RUN, identity=this.identity) as place:
        sections = _chosen(config, names)
        again = _once_more(sections, _entries(place.queries, shipment, insurer)) if shipment else None
        desk = Desk(
            archive=place.archive,
            marks=Marks(place.catalogue),
            audit=place.audit,
            clock=place.clock,
            operation=place.verb,
        )
        for name, section in sections.items():
            if again is None or again[name]:
                reports.append(hand_over(desk, name, section, again=again[name] if again else None))
        untold = tell_of_state(place, [event for report in reports for event in report.events()])
    for report in reports:
        this.console.warn(*report.warnings())
    this.console.warn(*untold)
    code = ExitCode.PARTIAL if any(report.infected or report.lacking for report in reports) else ExitCode.OK
    this.console.acted(
        {"targets": [report.as_json() for report in reports], "exit_code": int(code)},
        lambda console: _done(console, reports),
    )
    raise typer.Exit(code)


def list_targets(context: typer.Context) -> None:
    """
    Show how each target stands.  How much it was handed, and what is the matter with it.
    """
    from ..catalog import Marks
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import enter
    from ..sync.workplace import open_queries

    this = invocation(context)
    config = this.config()
    enter(config, SystemClock(), Verb.HANDOVER_LIST, identity=this.identity)
    catalogue = open_queries(config)
    try:
        marks = Marks(catalogue)
        states = {name: marks.state(name) for name in config.handover}
    finally:
        catalogue.close()
    document = [_object(name, config.handover[name], state) for name, state in states.items()]
    this.console.answer(document, lambda console: _table(console, config, states))


def _chosen(config: Config, names: list[str] | None) -> dict[str, HandoverSection]:
    targets = dict(config.handover)
    if unknown := [name for name in names or () if name not in targets]:
        known = ", ".join(targets) or "none"
        raise UsageError(f"The configuration has no target {', '.join(unknown)}; it has {known}.")
    return {name: section for name, section in targets.items() if not names or name in names}


def _entries(queries: Queries, ids: list[str], insurer: str | None) -> list[Entry]:
    found = []
    for shipment in ids:
        entries = queries.documents(ids=[shipment], insurers=[insurer] if insurer else ())
        if not entries:
            raise UsageError(f"No shipment {shipment} is stored here that may be handed over.")
        if len(entries) > 1:
            raise UsageError(f"Several insurers have a shipment {shipment}.", hint="Add --insurer NAME.")
        found += entries
    return sorted(found, key=lambda entry: (entry.insurer, str(entry.stored_at), entry.number))


def _once_more(sections: Mapping[str, HandoverSection], entries: list[Entry]) -> dict[str, list[Entry]]:
    """
    Return which of these shipments each target is handed once more: those of the kinds that it takes.
    """
    found = {
        name: [entry for entry in entries if not section.kinds or entry.kind in section.kinds]
        for name, section in sections.items()
    }
    taken = {entry.number for each in found.values() for entry in each}
    if left := [entry for entry in entries if entry.number not in taken]:
        raise UsageError(f"No target takes shipment {left[0].id}: it is of the kind {left[0].kind}.")
    return found


def _object(name: str, section: HandoverSection, state: TargetState) -> dict[str, object]:
    return {
        "target": name,
        "directory": str(section.target),
        "kinds": list(section.kinds),
        "handed_over": state.handed,
        "infected": state.infected,
        "failing_since": state.failing_since.isoformat() if state.failing_since else None,
        "problem": state.said or None,
    }


def _table(console: RichConsole, config: Config, states: dict[str, TargetState]) -> None:
    from .tables import table_of

    numbers = ("handed over", "infected")
    table = table_of(("target", "directory", *numbers, "failing since (UTC)"), numbers=numbers)
    for name, state in states.items():
        since = shown_time(state.failing_since)
        table.add_row(name, str(config.handover[name].target), str(state.handed), str(state.infected), since)
    console.print(table)
    for state in states.values():
        if state.said:
            console.print(one_line(state.said), soft_wrap=True)


def _done(console: RichConsole, reports: list[TargetReport]) -> None:
    for report in reports:
        console.print(f"{report.target}: {report.shipments} shipments, {report.files} files")
    if not reports:
        console.print("No [handover.NAME] is configured.")

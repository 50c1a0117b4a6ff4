"""`bipro-sync shipments hold`, `release`, `retry` and `ack`: what an operator may decide, with a reason on record."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BiproSyncError, InterruptedRunError, UsageError, most_severe
from ..model.decisions import Decision
from .choose import chosen_shipment
from .console import Console, invocation, one_line
from .words import reason_of


if TYPE_CHECKING:  # SQLite is for commands that act, not for help
    from rich.console import Console as RichConsole

    from ..catalog import Entry, Queries
    from ..sync.decisions import Decided


Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="As `shipments list` shows them.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; stands in the audit log.")]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="Whose, where several insurers have an id.")]


def add_to(group: typer.Typer) -> None:
    """
    Add the four commands to `shipments`.
    """
    group.command("hold")(hold_shipments)
    group.command("release")(release_shipments)
    group.command("retry")(retry_shipments)
    group.command("ack")(acknowledge_shipments)


def hold_shipments(context: typer.Context, ids: Ids, reason: Reason, insurer: Name = None) -> None:
    """
    Leave shipments where they are.  What is not stored is not fetched, what is stored not acknowledged.
    """
    _decide(context, Decision.HOLD, ids, insurer, reason)


def release_shipments(context: typer.Context, ids: Ids, reason: Reason, insurer: Name = None) -> None:
    """
    End the hold of shipments.  The next pull goes on with them.
    """
    _decide(context, Decision.RELEASE, ids, insurer, reason)


def retry_shipments(context: typer.Context, ids: Ids, reason: Reason, insurer: Name = None) -> None:
    """
    Let the next pull try once more.  For what failed, is quarantined, in conflict or was refused to be acknowledged.
    """
    _decide(context, Decision.RETRY, ids, insurer, reason)


def acknowledge_shipments(
    context: typer.Context,
    ids: Ids,
    reason: Reason,
    insurer: Name = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody can be asked.")] = False,
) -> None:
    """
    Acknowledge stored shipments now, whatever `acknowledge` says.  The insurer deletes them after that.
    """
    if not yes and not _somebody_is_there():
        raise UsageError(
            "Nothing was acknowledged: there is no terminal to ask at, and the insurer deletes what is acknowledged.",
            hint="Add --yes.",
        )
    _decide(context, Decision.ACK, ids, insurer, reason, ask=not yes)


def _decide(
    context: typer.Context,
    decision: Decision,
    ids: Sequence[str],
    insurer: str | None,
    reason: str,
    *,
    ask: bool = False,
) -> None:
    from ..insurers import effective
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.decisions import decide
    from ..sync.workplace import open_workplace

    this = invocation(context)
    config, reason = this.config(), reason_of(reason)
    asked = () if insurer is None else (insurer,)
    opened = open_workplace(
        config, SystemClock(), Verb(f"shipments {decision}"), insurers=asked, identity=this.identity
    )
    with opened as place:
        chosen, unknown = _chosen(place.queries, ids, insurer)
        if ask and chosen:
            _ask(this.console, chosen)
        decided = decide(place, effective(config), decision, chosen, reason)
    code = most_severe([*(each.exit_code for each in decided), *(error.exit_code for error in unknown.values())])
    _complain(this.console, decided, unknown)
    document = {
        "decisions": [
            *(_json(decision, each) for each in decided),
            *(_json_of_unknown(decision, shipment, error) for shipment, error in unknown.items()),
        ],
        "exit_code": int(code),
    }
    this.console.acted(document, lambda out: _lines(out, decided))
    raise typer.Exit(code)


def _chosen(queries: Queries, ids: Sequence[str], insurer: str | None) -> tuple[list[Entry], dict[str, BiproSyncError]]:
    """
    Return the shipments meant, and why some of the ids mean none.
    """
    chosen: list[Entry] = []
    unknown: dict[str, BiproSyncError] = {}
    for shipment in dict.fromkeys(ids):
        try:
            chosen.append(chosen_shipment(queries, shipment, insurer))
        except UsageError as error:
            unknown[shipment] = error
    return chosen, unknown


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(console: Console, chosen: Sequence[Entry]) -> None:
    console.warn(*(f"{entry.id} of {entry.insurer}: {entry.state}" for entry in chosen))
    if not typer.confirm("Acknowledge this now?  The insurer deletes it after that.", err=True):
        raise InterruptedRunError("Nothing was acknowledged.", hint="Nothing to do: everything is as it was.")


def _complain(console: Console, decided: Sequence[Decided], unknown: dict[str, BiproSyncError]) -> None:
    said = dict.fromkeys(each.error for each in decided if each.error) | dict.fromkeys(unknown.values())
    for error in said:
        console.warn(f"error: {error.message}", f"hint: {error.hint}")
    for each in decided:
        if each.exit_code and not each.error:
            after = each.after
            console.warn(f"{after.insurer}: shipment {after.id} is {after.state}: {after.reason}")


def _lines(out: RichConsole, decided: Sequence[Decided]) -> None:
    for each in decided:
        if not each.error:
            after = each.after
            out.print(one_line(f"{after.id} of {after.insurer}: {each.before.state}, now {after.state}"))


def _json(decision: Decision, each: Decided) -> dict[str, object]:
    return {
        "id": each.after.id,
        "insurer": each.after.insurer,
        "decision": decision,
        "from": each.before.state,
        "to": each.after.state,
        "error": each.error.as_json() if each.error else None,
    }


def _json_of_unknown(decision: Decision, shipment: str, error: BiproSyncError) -> dict[str, object]:
    nothing = dict.fromkeys(("from", "to"))
    return {"id": shipment, "insurer": None, "decision": decision, **nothing, "error": error.as_json()}

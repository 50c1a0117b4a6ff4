"""`bipro-sync archive keep`, `let-go` and `kept`: what must stay beyond its term, with a reason on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .choose import chosen_insurers, chosen_shipment
from .console import invocation, one_line
from .words import reason_of


if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console as RichConsole

    from ..sync.keeping import Hold


Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; stands in the audit log.  Name no customer in it.")]


def add_to(group: typer.Typer) -> None:
    """
    Add the three commands to `archive`.
    """
    group.command("keep")(keep_shipments)
    group.command("let-go")(let_holds_go)
    group.command("kept")(list_holds)


def keep_shipments(
    context: typer.Context,
    reason: Reason,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Shipments, as `shipments list` shows them.")
    ] = None,
    insurer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose; without ids all of this insurer is kept.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Keep all there is, the audit log included: for a tax audit, say.")
    ] = False,
) -> None:
    """
    Keep what a dispute or an audit needs, whatever its term.  No prune takes it until it is let go.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.keeping import keep
    from ..sync.workplace import open_workplace

    this = invocation(context)
    config, reason = this.config(), reason_of(reason)
    if everything == bool(ids or insurer):
        raise UsageError("Say what is to be kept: shipments' ids, --insurer NAME, or --everything alone.")
    with open_workplace(config, SystemClock(), Verb.ARCHIVE_KEEP, identity=this.identity) as place:
        chosen = [chosen_shipment(place.queries, each, insurer) for each in dict.fromkeys(ids or ())]
        if insurer and not chosen:
            chosen_insurers(config, [insurer])
        scopes: list[tuple[str | None, str | None, str | None]]
        scopes = [(entry.insurer, entry.account, entry.id) for entry in chosen] or [(insurer, None, None)]
        holds = [
            keep(place.audit, insurer=name, account=account, shipment=shipment, reason=reason)
            for name, account, shipment in scopes
        ]
    this.console.acted([hold.as_json() for hold in holds], lambda out: _lines(out, "kept", holds))


def let_holds_go(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(metavar="HOLD…", help="As `archive kept` shows them.")],
    reason: Reason,
) -> None:
    """
    End holds.  What they held may go once its term is over.
    """
    from ..archive import Layout
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import acting
    from ..sync.keeping import let_go

    this = invocation(context)
    config, reason = this.config(), reason_of(reason)
    with acting(config, SystemClock(), Verb.ARCHIVE_LET_GO, identity=this.identity) as audit:
        ended = [let_go(Layout(config.archive.root), audit, number, reason) for number in dict.fromkeys(numbers)]
    this.console.acted([hold.as_json() for hold in ended], lambda out: _lines(out, "let go", ended))


def list_holds(context: typer.Context) -> None:
    """
    Show what is kept beyond its term, and why.
    """
    from ..archive import Layout
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import acting
    from ..sync.keeping import holds_of

    this = invocation(context)
    config = this.config()
    with acting(config, SystemClock(), Verb.ARCHIVE_KEPT, identity=this.identity):
        holds = holds_of(Layout(config.archive.root))
    this.console.answer([hold.as_json() for hold in holds], lambda out: _table(out, holds))


def _lines(out: RichConsole, done: str, holds: Sequence[Hold]) -> None:
    for hold in holds:
        out.print(one_line(f"{done}: {_scope(hold)} (hold {hold.number})"))


def _scope(hold: Hold) -> str:
    if hold.insurer is None:
        return "everything"
    return f"{hold.shipment} of {hold.insurer}" if hold.shipment else f"all of {hold.insurer}"


def _table(out: RichConsole, holds: Sequence[Hold]) -> None:
    from .tables import table_of

    table = table_of(("hold", "since (UTC)", "what", "by", "why"), numbers=["hold"])
    for hold in holds:
        table.add_row(str(hold.number), f"{hold.since:%Y-%m-%d %H:%M}", _scope(hold), hold.by, hold.reason)
    out.print(table)

"""`bipro-sync inbox`: the worklist of whoever asks, in German, and what they have dealt with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choose import chosen_shipment
from .console import invocation
from .reading import Purpose, looking


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..report import Inbox


Insurers = Annotated[list[str] | None, typer.Option("--insurer", metavar="NAME", help="Only this insurer; repeatable.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what came since; 30 days without it."),
]
Everything = Annotated[bool, typer.Option("--all", help="What is done, too.")]
Limit = Annotated[int, typer.Option(min=1, metavar="N", help="The first N.")]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write it there as a page, over an earlier one.")
]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="As the worklist shows them.")]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="Whose, where several insurers have an id.")]


def register(app: typer.Typer) -> None:
    """
    Add the group `inbox`, which by itself shows the worklist.
    """
    group = typer.Typer(help="What came for people to read, the urgent first.")
    group.callback(invoke_without_command=True)(list_inbox)
    group.command("list")(list_inbox)
    group.command("done")(mark_done)
    group.command("reopen")(reopen)
    app.add_typer(group, name="inbox")


def list_inbox(
    context: typer.Context,
    insurer: Insurers = None,
    since: Since = None,
    everything: Everything = False,
    limit: Limit = 200,
    html: Html = None,
    purpose: Purpose = None,
) -> None:
    """
    Show what you have not dealt with, the urgent first, in German.
    """
    if context.invoked_subcommand is not None:
        return
    from .. import durable
    from ..insurers import effective
    from ..model.rights import Verb
    from ..model.zone import BERLIN
    from ..report import USUALLY, Shelf, inbox, inbox_page

    this, now = invocation(context), datetime.now(UTC)
    begin = since.replace(tzinfo=BERLIN) if since else now - USUALLY
    with looking(this, Verb.INBOX_LIST, insurers=insurer or (), purpose=purpose) as look:
        shelf = Shelf(look.archive, look.queries, look.worklist, effective(this.config()))
        found = inbox(shelf, since=begin, person=look.person, insurers=look.insurers, with_done=everything, limit=limit)
        look.note(item.entry for item in found.items)
    if html is not None:
        durable.replace(html.absolute(), inbox_page(found, now=now).encode())
    document = {"items": [item.as_json() for item in found.items], "more": found.more, "urgent": found.urgent}
    if html is None:
        this.console.answer(document, lambda console: _table(console, found))
    else:
        this.console.acted(document, lambda console: console.print(str(html)))


def mark_done(context: typer.Context, ids: Ids, insurer: Name = None) -> None:
    """
    Say that you have dealt with shipments.  It is on record, and they leave your worklist.
    """
    _say(context, ids, insurer, is_open_again=False)


def reopen(context: typer.Context, ids: Ids, insurer: Name = None) -> None:
    """
    Say that you have not dealt with shipments after all.
    """
    _say(context, ids, insurer, is_open_again=True)


def _say(context: typer.Context, ids: list[str], insurer: str | None, *, is_open_again: bool) -> None:
    from ..audit import RecordType
    from ..catalog import Worklist
    from ..errors import UsageError
    from ..model.marks import Done
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.workplace import open_workplace

    this = invocation(context)
    verb = Verb.INBOX_REOPEN if is_open_again else Verb.INBOX_DONE
    with open_workplace(this.config(), SystemClock(), verb, identity=this.identity) as place:
        entries = [chosen_shipment(place.queries, each, insurer) for each in ids]
        words = []
        for entry in entries:
            if entry.manifest_sha256 is None or not entry.shown:
                raise UsageError(f"Shipment {entry.id} is not stored, or not to be shown; nothing was noted.")
            words.append(
                Done(
                    insurer=entry.insurer,
                    shipment=entry.id,
                    person=place.session.principal or place.session.os_user,
                    manifest_sha256=entry.manifest_sha256,
                    at=place.clock.now(),
                    is_open_again=is_open_again,
                )
            )
        for entry, done in zip(entries, words, strict=True):
            place.audit.write(
                RecordType.OPERATOR_DECISION,
                durable=False,
                operation=verb,
                insurer=entry.insurer,
                account=entry.account,
                shipment=entry.id,
                outcome=done.outcome,
                detail=done.said,
            )
        place.audit.settle()
        Worklist(place.catalogue).put(words)
    document = {"shipments": [{"insurer": each.insurer, "id": each.shipment, "is": each.outcome} for each in words]}
    this.console.acted(document, lambda console: console.print(f"{len(words)} shipments: {words[0].outcome}"))


def _table(console: RichConsole, found: Inbox) -> None:
    from ..report.inbox_page import HEADINGS, cells, done_by
    from .console import escaped
    from .tables import table_of

    if not found.items:
        console.print("Nichts ist offen.")
        return
    with_done = any(item.done for item in found.items)
    table = table_of((*HEADINGS, "Erledigt") if with_done else HEADINGS)
    for item in found.items:
        row = [escaped(cell) for cell in cells(item)]
        table.add_row(*row, *([done_by(item)] if with_done else []))
    console.print(table)
    if found.more:
        console.print(f"Weitere {found.more} stehen hier nicht; --limit zeigt mehr.")

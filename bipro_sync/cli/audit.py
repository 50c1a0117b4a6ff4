"""`bipro-sync audit`: the group of what is asked of the audit log, and its list of records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from . import (
    audit_checkpoint,
    audit_coverage,
    audit_export,
    audit_key,
    audit_prune,
    audit_selftest,
    audit_verify,
    audit_who,
)
from .audit_asking import Directory, ask, since_of, until_of
from .console import invocation
from .words import words_of


if TYPE_CHECKING:  # reading the log needs msgspec, asking for help does not
    from rich.console import Console as RichConsole

    from ..audit import Record


def register(app: typer.Typer) -> None:
    """
    Add the group.
    """
    group = typer.Typer(help="The audit log: what was done, when, and by whom.")
    group.command("list")(list_records)
    audit_who.add_to(group)
    audit_coverage.add_to(group)
    audit_verify.add_to(group)
    audit_selftest.add_to(group)
    audit_export.add_to(group)
    audit_checkpoint.add_to(group)
    audit_key.add_to(group)
    audit_prune.add_to(group)
    app.add_typer(group, name="audit")


def list_records(
    context: typer.Context,
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Only this insurer's.")] = None,
    user: Annotated[
        str | None, typer.Option(metavar="USER", help="Only this person's, by key in [users] or login.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only this kind of exchange, such as auth, list, ack or mail.")
    ] = None,
    shipment: Annotated[str | None, typer.Option(metavar="ID", help="Only this shipment's.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only this type's, such as call.outcome.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From this time on; without a zone: Berlin.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")] = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Only this run's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The first N of them.")] = None,
    last: Annotated[int | None, typer.Option(min=1, metavar="N", help="The last N of them.")] = None,
    directory: Directory = None,
) -> None:
    """
    Show the records, oldest first.
    """
    import msgspec

    from ..audit import RecordType, read
    from ..model.rights import Verb

    this = invocation(context)
    wanted = words_of(RecordType, types) if types else None
    begin, end = since_of(since), until_of(until)
    asked = ask(this, Verb.AUDIT_LIST, directory, insurer=insurer)
    found = read(
        asked.directory,
        insurer=asked.insurer,
        since=begin,
        until=end,
        types=wanted,
        shipment=shipment,
        run=run,
        user=user,
        exchange=kind,
    )
    records = deque(islice(found, limit), maxlen=last)
    this.console.answer([msgspec.to_builtins(record) for record in records], lambda console: _table(console, records))


def _table(console: RichConsole, records: Iterable[Record]) -> None:
    from .tables import table_of

    table = table_of(("no.", "time (UTC)", "type", "who", "insurer", "about", "outcome"), numbers=["no."])
    for record in records:
        table.add_row(
            str(record.seq),
            f"{record.ts[:10]} {record.ts[11:19]}",
            record.type.value,
            record.principal or record.os_user,
            record.insurer,
            " ".join(part for part in (record.operation, record.shipment, record.detail) if part),
            record.outcome,
        )
    console.print(table)

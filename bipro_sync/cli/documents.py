"""`bipro-sync documents`: what was delivered, data-only notices included; it only reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .console import Invocation, invocation
from .documents_export import export_documents
from .reading import Look, Purpose, looking, shipment_json
from .shipments import show_shipment
from .times import shown_time


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..catalog import Entry, FileEntry


Insurers = Annotated[list[str] | None, typer.Option("--insurer", metavar="NAME", help="Only this insurer; repeatable.")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="Only this kind; repeatable.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="The newest N.")]


def register(app: typer.Typer) -> None:
    """
    Add the commands about what was delivered.
    """
    group = typer.Typer(help="What was delivered: files, and notices that are data only.")
    group.command("list")(list_documents)
    group.command("search")(search_documents)
    group.command("show")(show_shipment)
    group.command("export")(export_documents)
    app.add_typer(group, name="documents")


def list_documents(
    context: typer.Context,
    insurer: Insurers = None,
    kind: Kinds = None,
    limit: Limit = None,
    purpose: Purpose = None,
) -> None:
    """
    Show what is stored, the newest first.
    """
    from ..model.rights import Verb

    with looking(invocation(context), Verb.DOCUMENTS_LIST, insurers=insurer or (), purpose=purpose) as look:
        entries, files = _found(look, "", kind, limit)
    _answer(invocation(context), entries, files)


def search_documents(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="All must occur; the beginning is enough.")],
    insurer: Insurers = None,
    kind: Kinds = None,
    limit: Limit = None,
    purpose: Purpose = None,
) -> None:
    """
    Find what is stored by names, numbers and fields.  Names are those of files, fields those of transfers.
    """
    from ..model.rights import Verb

    with looking(invocation(context), Verb.DOCUMENTS_SEARCH, insurers=insurer or (), purpose=purpose) as look:
        entries, files = _found(look, " ".join(words), kind, limit)
    _answer(invocation(context), entries, files)


def _found(
    look: Look, words: str, kind: list[str] | None, limit: int | None
) -> tuple[list[Entry], dict[int, list[FileEntry]]]:
    from ..model.kinds import Kind
    from .words import words_of

    entries = look.queries.documents(insurers=look.insurers, kinds=words_of(Kind, kind or ()), words=words, limit=limit)
    files = look.queries.files(entries)
    look.note(entries)
    return entries, files


def _answer(this: Invocation, entries: Sequence[Entry], files: dict[int, list[FileEntry]]) -> None:
    this.console.answer(
        [shipment_json(entry, files[entry.number]) for entry in entries],
        lambda console: _table(console, entries, files),
    )


def _table(console: RichConsole, entries: Sequence[Entry], files: dict[int, list[FileEntry]]) -> None:
    from ..model.kinds import category_label
    from .tables import table_of

    table = table_of(("stored (UTC)", "insurer", "id", "kind", "meaning", "file"))
    for entry in entries:
        for stored in [file.stored for file in files[entry.number]] or ["data only"]:
            table.add_row(
                shown_time(entry.stored_at),
                entry.insurer,
                entry.id,
                entry.kind.value,
                category_label(entry.category),
                stored,
            )
    console.print(table)

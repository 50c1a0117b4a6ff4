"""`bipro-sync documents`: what was delivered, data-only notices included; it only reads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigurationError
from ..model.kinds import Kind
from .console import Invocation, invocation
from .documents_export import export_documents
from .reading import Look, Purpose, looking, shipment_json
from .shipments import show_shipment
from .times import shown_time


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..catalog import Entry, FileEntry
    from ..sync.document_texts import TextsRead


Insurers = Annotated[list[str] | None, typer.Option("--insurer", metavar="NAME", help="Only this insurer; repeatable.")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="Only this kind; repeatable.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="The newest N.")]

_MOST_FOUND = 100


def register(app: typer.Typer) -> None:
    """
    Add the commands about what was delivered.
    """
    group = typer.Typer(help="What was delivered: files, and notices that are data only.")
    group.command("list")(list_documents)
    group.command("search")(search_documents)
    group.command("show")(show_shipment)
    group.command("index")(index_documents)
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
    from .words import words_of

    this = invocation(context)
    with looking(this, Verb.DOCUMENTS_LIST, insurers=insurer or (), purpose=purpose) as look:
        kinds = words_of(Kind, kind or ())
        entries = look.queries.documents(insurers=look.insurers, kinds=kinds, limit=limit)
        files = _noted(look, entries)
    _answer(this, entries, files)


def search_documents(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="All must occur; the beginning is enough.")],
    insurer: Insurers = None,
    kind: Kinds = None,
    limit: Limit = _MOST_FOUND,
    purpose: Purpose = None,
) -> None:
    """
    Find what is stored by names, numbers, fields and texts.  Names are those of files, fields those of transfers, and
    texts those of PDF files, which are read where the extra `pdf` is installed.
    """
    from ..catalog import Texts, find_shipments
    from ..model.policy_number import normalised
    from ..model.rights import Verb
    from .words import words_of

    this = invocation(context)
    with looking(this, Verb.DOCUMENTS_SEARCH, insurers=insurer or (), purpose=purpose) as look, ExitStack() as stack:
        texts = Texts.existing(look.archive.layout.texts)
        if texts:
            stack.enter_context(texts)
        found = find_shipments(
            look.queries,
            texts,
            " ".join(words),
            insurers=look.insurers,
            kinds=words_of(Kind, kind or ()),
            limit=limit,
        )
        files = _noted(look, found.entries)
        has_contract = look.queries.gdv.has_policy([*map(normalised, words)], look.insurers)
    if has_contract:
        this.console.note("GDV files tell of a contract of that number: `bipro-sync contracts show VSNR`.")
    if found.more:
        this.console.note(f"There is more than these {len(found.entries)}; add words, or --limit N.")
    _answer(this, found.entries, files)


def index_documents(
    context: typer.Context,
    again: Annotated[
        bool, typer.Option("--again", help="Forget what was read, and read everything once more.")
    ] = False,
) -> None:
    """
    Read new PDF files, so that `search` finds what they say.  Each run does so too, for a minute.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.document_texts import read_texts
    from ..sync.workplace import open_workplace
    from ..texts import is_installed
    from .counting import counted

    this = invocation(context)
    opened = open_workplace(this.config(), SystemClock(), Verb.DOCUMENTS_INDEX, identity=this.identity)
    with opened as place:
        if not is_installed():
            raise ConfigurationError(
                "PDF files cannot be read: the library for that is not installed.",
                hint="`pip install 'bipro-sync[pdf]'`; everything else works without it.",
            )
        with counted(this.console, "Reading") as step:
            done = read_texts(place.archive, place.queries, anew=again, step=step)
    outcomes = {str(outcome): number for outcome, number in sorted(done.files.items())}
    this.console.acted(
        {"shipments": done.shipments, "files": outcomes, "exit_code": 0}, lambda console: _read(console, done)
    )


def _read(console: RichConsole, done: TextsRead) -> None:
    files = ", ".join(f"{number} {outcome}" for outcome, number in sorted(done.files.items()))
    console.print(f"Read: {done.shipments} shipments ({files or 'no new files'}).")


def _noted(look: Look, entries: Sequence[Entry]) -> dict[int, list[FileEntry]]:
    """
    Put on record what is about to be shown, and return its files.
    """
    files = look.queries.files(entries)
    look.note(entries)
    return files


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

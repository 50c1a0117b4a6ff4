"""`bipro-sync documents export`: brings deliveries out of the archive for somebody, with the purpose on record."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode
from .console import invocation
from .reading import Purpose, looking


if TYPE_CHECKING:
    from ..catalog import Entry
    from .reading import Look


def export_documents(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new directory to put them into.")],
    shipment: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this shipment; repeatable.")] = None,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Only this kind; repeatable.")] = None,
    word: Annotated[list[str] | None, typer.Option(metavar="WORD", help="Only where it occurs; repeatable.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what was stored on this day or later."),
    ] = None,
    purpose: Purpose = None,
) -> None:
    """
    Copy deliveries into a new directory.  Original files, data as XML and page, side-cars, an index of each day.
    """
    from ..handover import demand_new, export
    from ..model.rights import Verb

    this = invocation(context)
    directory = out.absolute()
    with looking(this, Verb.DOCUMENTS_EXPORT, insurers=insurer or (), purpose=purpose) as look:
        demand_new(directory)
        entries = _chosen(look, shipment, kind, word, since)
        look.note(entries)
        done = export(look.archive, entries, directory)
    code = ExitCode.PARTIAL if done.lacking else ExitCode.OK
    this.console.warn(*done.lacking)
    document = {
        "directory": str(directory),
        "shipments": done.shipments,
        "files": done.files,
        "lacking": list(done.lacking),
        "exit_code": int(code),
    }
    this.console.acted(
        document, lambda console: console.print(f"{done.shipments} shipments, {done.files} files: {directory}")
    )
    raise typer.Exit(code)


def _chosen(
    look: Look, shipment: list[str] | None, kind: list[str] | None, word: list[str] | None, since: datetime | None
) -> list[Entry]:
    from ..model.kinds import Kind
    from ..model.zone import BERLIN
    from .words import words_of

    return look.queries.documents(
        insurers=look.insurers,
        kinds=words_of(Kind, kind or ()),
        ids=shipment or (),
        since=since.replace(tzinfo=BERLIN) if since else None,
        words=" ".join(word or ()),
    )

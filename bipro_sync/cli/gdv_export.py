"""`bipro-sync gdv export`: a GDV file as JSON lines, CSV or Parquet, for programs that cannot read it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .console import Console, invocation
from .gdv_records import Names
from .gdv_source import Encoding, OneFile, followed, opened


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..gdv import Part, Record
    from .gdv_writing import MakeTable


class Format(StrEnum):
    """
    What is written.
    """

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def add_to(group: typer.Typer) -> None:
    """
    Add `export`.
    """
    group.command("export")(export)


def export(
    context: typer.Context,
    source: OneFile,
    form: Annotated[
        Format,
        typer.Option(
            "--format", metavar="jsonl|csv|parquet", help="jsonl: one object a record; the others: one table a part."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="A new file; for the tables of all parts a directory.")
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", metavar="LAYOUT-N", help="This part alone, 0220.030-2 say, as one file.")
    ] = None,
    names: Names = False,
    semicolon: Annotated[bool, typer.Option("--semicolon", help="CSV with ; between the columns.")] = False,
    bom: Annotated[bool, typer.Option("--bom", help="CSV that begins with a byte order mark, for Excel.")] = False,
    encoding: Encoding = None,
) -> None:
    """
    Hand a GDV file over to other programs.  Texts are stripped, amounts and dates are values, nothing is left out.

    Without --out jsonl goes to stdout, and CSV does with --part.  A text that a spreadsheet would take for a formula
    has an apostrophe before it in CSV.
    """
    from .gdv_tables import Style
    from .gdv_writing import as_text, write

    console = invocation(context).console
    _check(console, form, out, part, csv_only=semicolon or bom)
    only = _part(part) if part else None
    style = Style(names=names, delimiter=";" if semicolon else ",", bom=bom)
    table = _table(form)
    with opened(source, encoding, console) as file:
        records = _of(only, followed(file.reading, file, console))
        one = only is not None or form is Format.JSONL
        if out is None:
            console.stream(as_text(records, table, only, style))
            return
        counts = write(records, table, out, only, style, extension=None if one else form.value)
    document = {"out": str(out), "format": form.value, "tables": counts}

    def render(drawn: RichConsole) -> None:
        drawn.print(f"{sum(counts.values())} records were written to {out}.")

    console.acted(document, render)


def _check(console: Console, form: Format, out: Path | None, part: str | None, *, csv_only: bool) -> None:
    if csv_only and form is not Format.CSV:
        raise UsageError("--semicolon and --bom are for CSV.")
    if out is None and console.json:
        raise UsageError("What is exported is no single JSON document.", hint="Give --out beside --json.")
    if out is None and (form is Format.PARQUET or (form is Format.CSV and part is None)):
        raise UsageError(
            "This export is no text for stdout.", hint="Give --out; CSV of one part (--part) can go to stdout."
        )


def _table(form: Format) -> MakeTable:
    from .gdv_tables import Csv, JsonLines

    match form:
        case Format.JSONL:
            return JsonLines
        case Format.CSV:
            return Csv
    try:
        from .gdv_parquet import Parquet
    except ImportError as error:
        raise UsageError(
            "Parquet needs the package pyarrow, which is not installed.",
            hint="Install it with `pip install 'bipro-sync[arrow]'`.",
        ) from error
    return Parquet


def _part(text: str) -> Part:
    from ..gdv.layouts import part

    layout, dash, number = text.rpartition("-")
    try:
        return part(layout, int(number)) if dash else part(text, 1)
    except (KeyError, ValueError):
        raise UsageError(
            f"There is no part {text!r}.", hint="Write 0220.030-2 for part 2 of 0220.030; `gdv info` names a file's."
        ) from None


def _of(only: Part | None, records: Iterator[Record]) -> Iterator[Record]:
    """
    Give the records of one part, whatever release its layout is of, or all.
    """
    if only is None:
        return records
    name = (only.layout, only.number)
    return (each for each in records if each.part and (each.part.layout, each.part.number) == name)

"""One shipment as a person reads it: facts, files, the fields of each transfer, history."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..archive import Manifest
from ..catalog import Entry, FileEntry, HistoryEntry
from ..model.kinds import category_label
from .console import escaped, one_line
from .tables import table_of
from .times import shown_time


def draw(
    console: Console,
    entry: Entry,
    files: Sequence[FileEntry],
    history: Sequence[HistoryEntry],
    manifest: Manifest | None,
) -> None:
    """
    Draw everything known of one shipment; *manifest* is None where nothing is stored.
    """
    console.print(_facts(entry))
    if files:
        console.print(_files(files))
    elif manifest:
        console.print("No files: what the insurer has to say stands in the fields below.")
    if manifest:
        for number, transfer in enumerate(manifest.transfers, start=1):
            title = f"Transfer {number}{f' ({transfer.type})' if transfer.type else ''}"
            table = table_of(("field", "value"), title=title)
            for field in transfer.fields:
                table.add_row(field.path.replace("/", " / "), escaped(field.value))
            console.print(table)
        for remark in manifest.remarks:
            console.print(one_line(f"Remark: {remark}."))
    if not entry.shown:
        console.print("\nIts contents are kept in the quarantine and are not shown: they are not ours.")
    console.print(_history(history))


def _facts(entry: Entry) -> Table:
    facts = Table.grid(padding=(0, 2))
    for label, value in (
        ("shipment", f"{entry.id} of {entry.insurer}"),
        ("state", f"{entry.state.value}{f' ({entry.reason})' if entry.reason else ''}"),
        ("kind", entry.kind.value),
        ("category", f"{entry.category or '-'}  {category_label(entry.category)}"),
        ("posted (UTC)", shown_time(entry.posted_at)),
        ("available until", f"{entry.available_until or '-'}"),
        ("stored (UTC)", shown_time(entry.stored_at)),
        ("acknowledged (UTC)", shown_time(entry.acknowledged_at)),
        ("path", str(entry.path) if entry.path and entry.stored_at else "-"),
    ):
        facts.add_row(Text(label, style="bold"), value)
    return facts


def _files(files: Sequence[FileEntry]) -> Table:
    headings = ("stored as", "called by the insurer", "type", "kind", "bytes", "SHA-256")
    table = table_of(headings, numbers={"bytes"}, title="Files")
    for file in files:
        name = escaped(file.name or "-")
        table.add_row(file.stored, name, file.media_type, file.kind.value, f"{file.size:,}", file.sha256)
    return table


def _history(history: Sequence[HistoryEntry]) -> Table:
    table = table_of(("at (UTC)", "run", "state", "reason"), title="History")
    for step in history:
        table.add_row(shown_time(step.at), step.run, step.new.value, step.reason or "")
    return table

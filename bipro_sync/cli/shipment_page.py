"""One shipment as a person reads it: facts, numbers, files, the fields of each transfer, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..archive import Manifest
from ..archive.manifest import ManifestTransfer
from ..catalog import Entry, FileEntry, HistoryEntry
from ..model.kinds import category_label
from ..model.shipment import Numbers
from .console import escaped, one_line
from .tables import table_of
from .times import shown_time


if TYPE_CHECKING:  # the wire's libraries are for those who ask about the schema
    from ..bipro.schema import Violation


def draw(
    console: Console,
    entry: Entry,
    files: Sequence[FileEntry],
    history: Sequence[HistoryEntry],
    manifest: Manifest | None,
    explained: Sequence[Violation] | None,
    *,
    gone: bool,
) -> None:
    """
    Draw what is known of one shipment.

    *manifest* is None where nothing is stored; *explained* tells where the answer does not fit the schema, None where
    nobody asked; *gone* says that a tombstone stands for its contents.  Attributes are left out: they stand in the JSON
    and in the manifest.
    """
    console.print(_facts(entry, manifest))
    if files:
        console.print(_files(files))
    elif manifest:
        console.print("No files: what the insurer has to say stands in the fields below.")
    if manifest:
        for number, transfer in enumerate(manifest.transfers, start=1):
            console.print(_transfer(f"Transfer {number}", transfer))
        for link in manifest.linked:
            console.print(f"Only linked, and never fetched: {escaped(link)}")
        for remark in manifest.remarks:
            console.print(one_line(f"Remark: {remark}."))
    if explained is not None:
        console.print(_schema(explained))
    if gone:
        console.print("\nIts contents are gone: their term is over.  A tombstone has their digests.")
    elif not entry.shown:
        console.print("\nIts contents are kept in the quarantine and are not shown: they are not ours.")
    console.print(_history(history))


def _facts(entry: Entry, manifest: Manifest | None) -> Table:
    facts = Table.grid(padding=(0, 2))
    numbers = manifest.numbers if manifest else Numbers()
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
    for label, found in (
        ("policy number", numbers.policy),
        ("claim number", numbers.claim),
        ("insurer's process", numbers.process),
        ("broker's process", numbers.process_broker),
        ("broker number", numbers.broker),
    ):
        if found:
            facts.add_row(Text(label, style="bold"), escaped(", ".join(found)))
    return facts


def _transfer(title: str, transfer: ManifestTransfer) -> Table:
    table = table_of(("field", "value"), title=f"{title} ({transfer.type})" if transfer.type else title)
    for field in transfer.fields:
        if not field.is_attribute:
            table.add_row(field.path.replace("/", " / "), escaped(field.value))
    return table


def _schema(explained: Sequence[Violation]) -> Table | str:
    if not explained:
        return "\nThe answer fits the schema."
    table = table_of(("line", "element", "what"), numbers={"line"}, title="The answer does not fit the schema")
    for violation in explained:
        table.add_row(str(violation.line), violation.path.replace("/", " / "), escaped(violation.what))
    return table


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

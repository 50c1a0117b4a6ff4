"""`bipro-sync shipments`: the ledger, and one shipment with everything known of it; what is here only reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from . import shipment_decisions
from .choose import chosen_shipment
from .console import invocation
from .reading import Purpose, iso, looking, shipment_json


if TYPE_CHECKING:  # SQLite is for commands that look, not for help
    from rich.console import Console as RichConsole

    from ..archive import Archive, Manifest
    from ..bipro.schema import Violation
    from ..catalog import Entry
    from ..model.shipment import Field


def register(app: typer.Typer) -> None:
    """
    Add `shipments list`, `shipments show` and the decisions.
    """
    group = typer.Typer(help="The ledger: where each shipment stands, and decisions.")
    group.command("list")(list_shipments)
    group.command("show")(show_shipment)
    shipment_decisions.add_to(group)
    app.add_typer(group, name="shipments")


def list_shipments(
    context: typer.Context,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
    state: Annotated[list[str] | None, typer.Option(metavar="STATE", help="Only this state; repeatable.")] = None,
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Only this kind; repeatable.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Only what was first listed since, such as 2026-11-21."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the N that were listed last.")] = None,
    purpose: Purpose = None,
) -> None:
    """
    Show shipments, the newest posting first.
    """
    from ..model.kinds import Kind
    from ..model.rights import Verb
    from ..model.states import ShipmentState
    from .words import words_of

    this = invocation(context)
    verb = Verb.SHIPMENTS_LIST_NAMES if this.console.json else Verb.SHIPMENTS_LIST
    with looking(this, verb, insurers=insurer or (), purpose=purpose) as look:
        entries = look.queries.shipments(
            insurers=look.insurers,
            states=words_of(ShipmentState, state or ()),
            kinds=words_of(Kind, kind or ()),
            since=since.replace(tzinfo=UTC) if since else None,
            limit=limit,
        )
        files = look.queries.files(entries)
        look.note(entries)
    entries = sorted(entries, key=_posting, reverse=True)
    this.console.answer(
        [shipment_json(entry, files[entry.number]) for entry in entries],
        lambda console: _table(console, entries),
    )


def _posting(entry: Entry) -> tuple[datetime, str]:
    return entry.posted_at or datetime.min.replace(tzinfo=UTC), entry.id


def _table(console: RichConsole, entries: Sequence[Entry]) -> None:
    from .tables import table_of

    if not entries:
        console.print("No shipments.")
        return
    table = table_of(("insurer", "id", "state", "kind", "category", "posted"))
    for entry in entries:
        table.add_row(
            entry.insurer,
            entry.id,
            entry.state.value,
            entry.kind.value,
            entry.category or "-",
            f"{entry.posted_at:%Y-%m-%d}" if entry.posted_at else "-",
        )
    console.print(table)


def show_shipment(
    context: typer.Context,
    shipment: Annotated[str, typer.Argument(metavar="ID", help="As `shipments list` shows it.")],
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Whose, where several have this id.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Tell where the answer does not fit the schema.")] = False,
    purpose: Purpose = None,
) -> None:
    """
    Show one shipment: its files, numbers, fields and history.
    """
    from ..archive import tombstone_at
    from ..model.rights import Verb
    from .shipment_page import draw

    this = invocation(context)
    asked = () if insurer is None else (insurer,)
    with looking(this, Verb.SHIPMENTS_SHOW, insurers=asked, purpose=purpose) as look:
        archive, queries = look.archive, look.queries
        entry = chosen_shipment(queries, shipment, insurer)
        files = queries.files([entry])[entry.number]
        history = queries.history(entry)
        manifest = archive.manifest(entry.path)[0] if entry.path and entry.stored_at and entry.shown else None
        explained = _explained(archive, entry, manifest) if schema and manifest else None
        gone = entry.path is not None and tombstone_at(archive.layout, entry.path) is not None
        look.note([entry])
    document = (
        shipment_json(entry, files)
        | {
            "reason": entry.reason,
            "gone": gone,
            "history": [
                {
                    "at": iso(step.at),
                    "run": step.run,
                    "from": step.old,
                    "to": step.new,
                    "reason": step.reason,
                }
                for step in history
            ],
        }
        | _said(manifest)
    )
    if explained is not None:
        document["schema"] = [asdict(each) for each in explained]
    this.console.answer(document, lambda console: draw(console, entry, files, history, manifest, explained, gone=gone))


def _said(manifest: Manifest | None) -> dict[str, object]:
    """
    Return what the insurer said with the shipment, in JSON's form; empty lists where nothing is stored or shown.
    """
    from ..model.shipment import Numbers

    if manifest is None:
        return {"numbers": asdict(Numbers()), "answer": [], "fields": [], "transfers": [], "linked": [], "remarks": []}
    return {
        "numbers": asdict(manifest.numbers),
        "answer": _fields(manifest.answer),
        "fields": _fields(manifest.delivered),
        "transfers": [{"type": each.type, "fields": _fields(each.fields)} for each in manifest.transfers],
        "linked": list(manifest.linked),
        "remarks": list(manifest.remarks),
    }


def _fields(fields: Iterable[Field]) -> list[dict[str, str]]:
    return [{"path": field.path, "value": field.value} for field in fields]


def _explained(archive: Archive, entry: Entry, manifest: Manifest) -> tuple[Violation, ...]:
    """
    Return where the stored envelope does not fit the schema.
    """
    from ..archive.store import ENVELOPE
    from ..bipro.schema import MAX_CHECKED, TOO_LARGE, Violation, explain
    from ..durable import read_whole

    if manifest.envelope_size > MAX_CHECKED:
        return (Violation("", 0, TOO_LARGE),)
    return explain(read_whole(archive.layout.root / str(entry.path) / ENVELOPE))

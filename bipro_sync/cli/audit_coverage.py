"""`bipro-sync audit coverage`: from when to when the log tells, what is missing, and until when it must be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from .audit_asking import Asked, Directory, ask
from .console import invocation, one_line


if TYPE_CHECKING:  # reading the log needs msgspec, asking for help does not
    from rich.console import Console as RichConsole

    from ..audit.coverage import Coverage


def add_to(group: typer.Typer) -> None:
    """
    Add `coverage`.
    """
    group.command("coverage")(coverage)


def coverage(
    context: typer.Context,
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Only this insurer's records.")] = None,
    directory: Directory = None,
) -> None:
    """
    Show what the log covers: first, last, gaps, holds, prunes.  And from when on its oldest records may be deleted.
    """
    from ..audit.coverage import coverage_of
    from ..model.retention import Terms
    from ..model.rights import Verb

    this = invocation(context)
    asked = ask(this, Verb.AUDIT_COVERAGE, directory, insurer=insurer)
    found = coverage_of(asked.directory, asked.config.terms if asked.config else Terms(), asked.insurer)
    holds = _holds(asked)
    anchors = [each.name for each in asked.config.audit.anchors or ()] if asked.config else []
    deletable = found.deletable_from.isoformat() if found.deletable_from else None
    document = asdict(found) | {"deletable_from": deletable, "holds": holds, "anchors": anchors}
    this.console.answer(document, lambda console: _report(console, found, holds, anchors))


def _holds(asked: Asked) -> list[dict[str, str | int | None]]:
    from ..archive import Layout
    from ..sync.keeping import holds_of

    if asked.config is None:
        return []
    return [hold.as_json() for hold in holds_of(Layout(asked.config.archive.root))]


def _report(
    console: RichConsole, found: Coverage, holds: Sequence[Mapping[str, object]], anchors: Sequence[str]
) -> None:
    whole = found.whole
    if not whole.records:
        console.print("There are no records.")
        return
    console.print(f"{whole.records} records: {whole.first_seq}, {whole.first_ts} to {whole.last_seq}, {whole.last_ts}.")
    console.print(
        f"May be deleted from {found.deletable_from} on, the oldest of them; {found.pruned} older ones are gone."
    )
    _segments(console, found)
    for gap in found.missing:
        console.print(f"MISSING: {gap.missing} records between {gap.after_seq} and {gap.before_seq}.")
    for gap in found.silences:
        console.print(f"Nothing was recorded from {gap.after_ts} to {gap.before_ts} (record {gap.before_seq}).")
    for told in (*found.repairs, *found.prunes):
        console.print(one_line(f"Record {told.seq}, {told.ts}: {told.detail}."))
    for name, size in found.torn.items():
        console.print(f"{name}: {size} bytes that a crash left behind the last record.")
    for hold in holds:
        console.print(one_line("Held: " + ", ".join(f"{key} {value}" for key, value in hold.items() if value)))
    signed = f"{found.checkpoints}, up to record {found.last_checkpoint}" if found.checkpoints else "none"
    console.print(f"Checkpoints: {signed}.  Anchors: {', '.join(anchors) or 'none'}.")


def _segments(console: RichConsole, found: Coverage) -> None:
    from .tables import table_of

    table = table_of(
        ("segment", "from no.", "to no.", "from (UTC)", "to (UTC)", "bytes"), numbers=["from no.", "to no."]
    )
    for each in found.segments:
        table.add_row(
            each.name, str(each.first_seq), str(each.last_seq), each.first_ts[:19], each.last_ts[:19], str(each.bytes)
        )
    console.print(table)

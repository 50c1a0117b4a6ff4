"""`bipro-sync import`: archives a portal download or an old folder's files like deliveries; nothing is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choose import chosen_insurer
from .console import Console, invocation, one_line
from .words import words_of


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..sync.importing import Imported


def register(app: typer.Typer) -> None:
    """
    Add `import`.
    """
    app.command("import")(import_files)


def import_files(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Each becomes a shipment of its own.")],
    insurer: Annotated[str, typer.Option(metavar="NAME", help="Whose data it is, a section of the configuration.")],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="What it is; a `gdv-portfolio` ends contracts that it has no more.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be archived, and do nothing.")] = False,
) -> None:
    """
    Archive files that came some other way.  The same bytes are archived once; GDV files are indexed.
    """
    from ..model.kinds import Kind
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.gdv_after_pull import sayings
    from ..sync.gdv_indexing import index_gdv
    from ..sync.holding import held
    from ..sync.importing import demand_files, import_file, would_import
    from ..sync.workplace import open_workplace
    from .counting import counted

    this = invocation(context)
    config = this.config()
    section, (what,) = chosen_insurer(config, insurer), words_of(Kind, [kind])
    opened = open_workplace(config, SystemClock(), Verb.IMPORT, insurers=[insurer], identity=this.identity)
    done: list[Imported] = []
    said: list[str] = []
    with opened as place, counted(this.console, "Importing") as step:
        demand_files(files)
        with held(place.layout, section.account, insurer=insurer):
            for path in files:
                done.append((would_import if dry_run else import_file)(place, section, what, path))
                step("files")
        for entered in index_gdv(place, insurers=[insurer]) if not dry_run else ():
            said += sayings(entered)
    _answer(this.console, done, said, dry_run=dry_run)


def _answer(console: Console, done: Sequence[Imported], said: Sequence[str], *, dry_run: bool) -> None:
    console.warn(*said)
    document = {"files": [_json(each, dry_run=dry_run) for each in done], "remarks": list(said), "exit_code": 0}
    say = console.answer if dry_run else console.acted
    say(document, lambda out: _lines(out, done, dry_run=dry_run))


def _json(each: Imported, *, dry_run: bool) -> dict[str, object]:
    entry = each.shipment
    return {
        "file": str(each.path),
        "outcome": _outcome(each, dry_run=dry_run),
        "kind": each.kind,
        "media_type": each.content.media_type,
        "id": entry.id if entry else None,
        "state": entry.state if entry else None,
        "path": str(entry.path) if entry else None,
    }


def _outcome(each: Imported, *, dry_run: bool) -> str:
    if each.shipment and not each.new:
        return "known"
    return "would-import" if dry_run else "imported"


def _lines(out: RichConsole, done: Sequence[Imported], *, dry_run: bool) -> None:
    for each in done:
        outcome = _outcome(each, dry_run=dry_run)
        if outcome == "known":
            assert each.shipment is not None
            said = f"is in the archive already, as shipment {each.shipment.id}"
        elif each.shipment:
            said = f"is archived as shipment {each.shipment.id} ({each.kind})"
        else:
            said = f"would be archived ({each.kind})"
        out.print(one_line(f"{each.path}: {said}"))

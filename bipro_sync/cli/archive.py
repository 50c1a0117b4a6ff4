"""`bipro-sync archive`: re-hashes what is stored, and tends the second copy; it reports and never repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..errors import ExitCode
from .console import invocation, one_line
from .second_copy import compare_copy, copy_archive


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..archive import ArchiveVerification


def register(app: typer.Typer) -> None:
    """
    Add `archive verify`, `archive copy` and `archive compare`.
    """
    group = typer.Typer(help="The stored shipments as a whole.")
    group.command("verify")(verify)
    group.command("copy")(copy_archive)
    group.command("compare")(compare_copy)
    app.add_typer(group, name="archive")


def verify(context: typer.Context) -> None:
    """
    Compare every stored byte with manifest and catalogue.  Reads from the device; exit 15 on a difference.
    """
    from ..model.ports import SystemClock
    from ..sync.verifying import verify_stored
    from ..sync.workplace import open_workplace

    this = invocation(context)
    with open_workplace(this.config(), SystemClock()) as place:
        found = verify_stored(place)
    code = ExitCode.INTEGRITY if found.findings else ExitCode.OK
    document = {
        "shipments": found.shipments,
        "files": found.files,
        "bytes": found.bytes,
        "findings": [{"path": finding.path, "problem": finding.problem} for finding in found.findings],
        "exit_code": int(code),
    }
    say = this.console.answer if found.findings else this.console.acted
    say(document, lambda console: _report(console, found))
    raise typer.Exit(code)


def _report(console: RichConsole, found: ArchiveVerification) -> None:
    console.print(
        f"Archive: {found.shipments} shipments, {found.files} files, {found.bytes / 1000:,.0f} kB read from the device."
    )
    for finding in found.findings:
        console.print(one_line(f"{finding.path}: {finding.problem}"))
    if found.findings:
        console.print("Keep everything as it is, and compare with the last backup before anything else.")
    else:
        console.print("Every byte is as it was received, and the catalogue agrees.")

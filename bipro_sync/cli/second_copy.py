"""`bipro-sync archive copy` and `compare`: what the second copy lacks, and what a restored archive lacks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigurationError, ExitCode
from .console import invocation, one_line


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..archive import Comparison
    from ..sync.catching_up import CaughtUp


_NO_COPY = "The configuration names no second copy."


def copy_archive(
    context: typer.Context,
    take_it: Annotated[
        bool, typer.Option("--take", help="Take the directory, another disk or after a restore, for this archive's.")
    ] = False,
) -> None:
    """
    Copy all that the second copy lacks.  Re-reads there what it has; exit 15 on a difference.
    """
    from ..archive import CopyPlace
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.catching_up import catch_up, take
    from ..sync.workplace import open_workplace

    this = invocation(context)
    config = this.config()
    directory = CopyPlace.of(config)
    if directory is None:
        raise ConfigurationError(_NO_COPY, hint="Set [archive] second_copy to a directory on another disk.")
    with open_workplace(config, SystemClock(), Verb.ARCHIVE_COPY, identity=this.identity) as place:
        if take_it:
            take(place, directory)
        done = catch_up(place, directory)
    code = ExitCode.INTEGRITY if done.damaged else ExitCode.OK
    document = {
        "copied": done.copied,
        "present": done.present,
        "findings": [error.message for error in done.damaged],
        "exit_code": int(code),
    }
    for error in done.damaged:
        this.console.warn(f"error: {error.message}", f"hint: {error.hint}")
    this.console.acted(document, lambda console: _copied(console, done))
    raise typer.Exit(code)


def compare_copy(
    context: typer.Context,
    directory: Annotated[
        Path | None, typer.Option("--directory", metavar="DIR", help="A second copy elsewhere than configured.")
    ] = None,
) -> None:
    """
    Name what archive or second copy lack.  Acknowledged shipments first; needs no catalogue; exit 15.
    """
    from ..model.ports import SystemClock
    from ..sync.comparing import compare_with

    this = invocation(context)
    config = this.config()
    if directory is None and not config.archive.second_copy:
        raise ConfigurationError(_NO_COPY, hint="Name it with `--directory DIR`, or in [archive] second_copy.")
    found = compare_with(config, SystemClock(), directory or Path(config.archive.second_copy), identity=this.identity)
    code = ExitCode.INTEGRITY if found.findings else ExitCode.PARTIAL if found.uncopied else ExitCode.OK
    say = this.console.acted if code is ExitCode.OK else this.console.answer
    say(asdict(found) | {"exit_code": int(code)}, lambda console: _compared(console, found))
    raise typer.Exit(code)


def _copied(console: RichConsole, done: CaughtUp) -> None:
    console.print(f"Second copy: {done.copied} shipments copied, {done.present} were there already and are equal.")


def _compared(console: RichConsole, found: Comparison) -> None:
    console.print(
        f"Second copy: {found.copies} shipments, {found.bytes / 1000:,.0f} kB read from the device; "
        f"{found.acknowledged} are listed as acknowledged."
    )
    for each in found.findings:
        about = f"Shipment {each.shipment} of {each.insurer}, " if each.shipment else ""
        console.print(one_line(f"{about}{each.path}: {each.problem}"), soft_wrap=True)
    for path in found.uncopied:
        console.print(one_line(f"{path}: is stored and not copied yet."), soft_wrap=True)
    if found.findings:
        console.print("Keep everything as it is.  What the copy alone has can be copied back from there.")
    elif found.uncopied:
        console.print("The next pull copies what it owes; `bipro-sync archive copy` copies all of it now.")
    else:
        console.print("Everything stored is in both, and so is everything acknowledged.")

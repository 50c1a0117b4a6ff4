"""`bipro-sync archive`: re-hashes what is stored, makes the catalogue again, tends the second copy, lets go."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, UsageError
from .console import invocation, one_line
from .indexing import index_archive
from .keep import add_to as add_holds_to
from .prune import prune_archive
from .second_copy import compare_copy, copy_archive


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..archive import ArchiveFinding, ArchiveVerification, Subset
    from ..sync.rebuilding import Rebuilt


_SUBSET = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


def register(app: typer.Typer) -> None:
    """
    Add the commands about all that is stored.
    """
    group = typer.Typer(help="The stored shipments as a whole.")
    group.command("verify")(verify)
    group.command("rebuild")(rebuild)
    group.command("index")(index_archive)
    group.command("copy")(copy_archive)
    group.command("compare")(compare_copy)
    add_holds_to(group)
    group.command("prune")(prune_archive)
    app.add_typer(group, name="archive")


def verify(
    context: typer.Context,
    subset: Annotated[
        str, typer.Option(metavar="N/T", help="Only the N-th of T parts; T runs, 1/T to T/T, read everything once.")
    ] = "1/1",
) -> None:
    """
    Compare every stored byte with manifest and catalogue.  Reads from the device; exit 15 on a difference.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.verifying import verify_stored
    from ..sync.workplace import open_workplace
    from .counting import counted

    this = invocation(context)
    part = subset_of(subset)
    opened = open_workplace(this.config(), SystemClock(), Verb.ARCHIVE_VERIFY, identity=this.identity)
    with opened as place, counted(this.console, "Verifying") as step:
        found = verify_stored(place, part, step=step)
    code = ExitCode.INTEGRITY if found.findings else ExitCode.OK
    document = {
        "subset": str(part),
        "shipments": found.shipments,
        "files": found.files,
        "bytes": found.bytes,
        "findings": _json(found.findings),
        "exit_code": int(code),
    }
    say = this.console.answer if found.findings else this.console.acted
    say(document, lambda console: _report(console, found))
    raise typer.Exit(code)


def subset_of(text: str) -> Subset:
    """
    Return the part that `--subset` names.  Raises :class:`~bipro_sync.errors.UsageError`.
    """
    from ..archive import Subset

    numbers = _SUBSET.fullmatch(text)
    if numbers is None or int(numbers[1]) > int(numbers[2]):
        raise UsageError(
            f"--subset takes N/T, such as 3/30 for the third of thirty parts; {text!r} is none.", hint="N is 1 to T."
        )
    return Subset(int(numbers[1]), int(numbers[2]))


def _report(console: RichConsole, found: ArchiveVerification) -> None:
    console.print(
        f"Archive: {found.shipments} shipments, {found.files} files, {found.bytes / 1000:,.0f} kB read from the device."
    )
    _tell(console, found.findings)
    if not found.findings:
        console.print("Every byte is as it was received, and the catalogue agrees.")


def rebuild(
    context: typer.Context,
    verify_bytes: Annotated[
        bool, typer.Option("--verify", help="Re-hash every stored byte, too; else manifests and sizes only.")
    ] = False,
) -> None:
    """
    Make the catalogue again from the stored files and the audit log.  The old one is kept beside it; exit 15 where
    something stored does not fit and was left out.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.rebuilding import rebuild as rebuild_catalogue
    from ..sync.workplace import open_site
    from .counting import counted

    this = invocation(context)
    opened = open_site(this.config(), SystemClock(), Verb.ARCHIVE_REBUILD, this.identity)
    with opened as site, counted(this.console, "Rebuilding the catalogue") as step:
        rebuilt = rebuild_catalogue(site, rehash=verify_bytes, step=step)
    code = ExitCode.INTEGRITY if rebuilt.findings else ExitCode.OK
    document = {
        "shipments": rebuilt.shipments,
        "states": dict(rebuilt.states),
        "kept": rebuilt.kept,
        "to_index": rebuilt.to_index,
        "findings": _json(rebuilt.findings),
        "exit_code": int(code),
    }
    say = this.console.answer if rebuilt.findings else this.console.acted
    say(document, lambda console: _report_rebuilt(console, rebuilt))
    raise typer.Exit(code)


def _report_rebuilt(console: RichConsole, rebuilt: Rebuilt) -> None:
    states = ", ".join(f"{number} {state}" for state, number in sorted(rebuilt.states.items()))
    console.print(f"Catalogue: {rebuilt.shipments} shipments entered ({states or 'none'}).")
    if rebuilt.kept:
        console.print(f"The old catalogue is kept as {rebuilt.kept}; it may be removed once all is well.")
    if rebuilt.to_index:
        console.print(
            f"The GDV files of {rebuilt.to_index} shipment(s) are to be looked at again: `bipro-sync archive index` "
            "does it now, pulls a few minutes each."
        )
    _tell(console, rebuilt.findings)


def _json(findings: Collection[ArchiveFinding]) -> list[dict[str, str]]:
    return [{"path": each.path, "problem": each.problem, "remedy": each.remedy} for each in findings]


def _tell(console: RichConsole, findings: Collection[ArchiveFinding]) -> None:
    """
    Say of each finding where it is, what is wrong and what to do.
    """
    for each in findings:
        console.print(one_line(f"{each.path}: {each.problem}  {each.remedy}"))
    if findings:
        console.print("Keep everything as it is until each of these is understood.")

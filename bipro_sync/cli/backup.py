"""`bipro-sync backup`: copies of the whole archive are made, tried out, and restored to a working archive elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, StorageError
from .archive import subset_of
from .audit_verify import anchors_of, known_keys
from .console import Invocation, invocation, one_line
from .restored_page import document_of, show


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..backup.creating import Created
    from ..backup.opening import Way
    from ..backup.verifying import Verified
    from ..config import Config


Directory = Annotated[
    Path | None, typer.Option("--directory", metavar="DIR", help="Backups elsewhere than [backup] directory says.")
]
IdentityFile = Annotated[
    Path | None, typer.Option("--identity", metavar="FILE", help="The key that opens what [backup] recipient closed.")
]
Name = Annotated[str | None, typer.Argument(metavar="BACKUP", help="Which; without it the last one.")]


def register(app: typer.Typer) -> None:
    """
    Add `backup create`, `backup verify` and `backup restore`.
    """
    group = typer.Typer(help="Copies of the whole archive.")
    for command in (create, verify, restore):
        group.command()(command)
    app.add_typer(group, name="backup")


def create(
    context: typer.Context,
    directory: Directory = None,
    begin: Annotated[bool, typer.Option("--begin", help="Begin a new disk in the place of the one before.")] = False,
) -> None:
    """
    Copy to the backup directory what it lacks.  Safe while pulls run; each backup is whole by itself.
    """
    from .. import __version__
    from ..audit import RecordType
    from ..backup.creating import Facts
    from ..backup.creating import create as create_backup
    from ..backup.forgetting import forget
    from ..backup.missing import missing_from
    from ..backup.opening import Way
    from ..insurers import effective
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..setup.references import references
    from ..sync.workplace import open_site
    from .counting import counted

    this = invocation(context)
    config = this.config()
    missing = missing_from(config, [(each.place, each.secret) for each in references(config, effective(config))])
    facts = Facts(f"bipro-sync {__version__}", config.environment, str(config.path), missing)
    opened = open_site(config, SystemClock(), Verb.BACKUP_CREATE, this.identity, alone=False)
    with opened as site, counted(this.console, "Backing up") as step:
        target = Way(config.backup, directory).open_or_begin(site.layout, config.environment, anew=begin)
        with target.held(alone=True):
            done = create_backup(target, site.layout, facts, site.clock.now(), step)
            forgotten = forget(target, config.backup.keep)
        site.audit.write(
            RecordType.BACKUP,
            operation=Verb.BACKUP_CREATE,
            count=done.backup.shipments,
            bytes=done.bytes,
            outcome="ok",
            detail=f"backup {done.backup.name}; {done.backup.records} records; {done.copied} shipment(s) copied; "
            f"{forgotten} older backup(s) removed",
        )
    code = ExitCode.PARTIAL if done.left_out else ExitCode.OK
    document = _facts(done, forgotten, target.root) | {"exit_code": int(code)}
    for path in done.left_out:
        this.console.warn(f"{path} is no shipment and not in the backup; `bipro-sync archive verify` looks at it.")
    this.console.acted(document, lambda console: _created(console, done))
    raise typer.Exit(code)


def _facts(done: Created, forgotten: int, root: Path) -> dict[str, object]:
    return {
        "backup": done.backup.name,
        "directory": str(root),
        "shipments": done.backup.shipments,
        "copied": done.copied,
        "bytes": done.bytes,
        "records": done.backup.records,
        "forgotten": forgotten,
        "left_out": list(done.left_out),
    }


def _created(console: RichConsole, done: Created) -> None:
    console.print(
        f"Backup {done.backup.name}: {done.backup.shipments} shipments, {done.copied} of them new; "
        f"{done.bytes / 1000:,.0f} kB written; the audit log up to record {done.backup.records}."
    )


def verify(
    context: typer.Context,
    name: Name = None,
    directory: Directory = None,
    identity: IdentityFile = None,
    subset: Annotated[
        str, typer.Option(metavar="N/T", help="Only the N-th of T parts of the shipments, and all else.")
    ] = "1/1",
    place: Annotated[
        Path | None, typer.Option("--in", metavar="DIR", help="Where it is laid out for a while; it needs the room.")
    ] = None,
) -> None:
    """
    Restore a backup to a passing place and check all of it there.  Lists what is not in it; exit 15 on damage.
    """
    from ..audit import RecordType
    from ..audit.anchored import anchored_notes
    from ..backup.memory import forget_listings
    from ..backup.opening import Way
    from ..backup.verifying import try_out
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.workplace import open_site
    from .counting import counted

    this, part = invocation(context), subset_of(subset)
    config = this.config()
    opened = open_site(config, SystemClock(), Verb.BACKUP_VERIFY, this.identity, alone=False)
    with opened as site, counted(this.console, "Trying the backup out") as step:
        target = Way(config.backup, directory, identity).open()
        with target.held(alone=False):
            backup = target.backup(name)
            notes = anchored_notes(anchors_of(config, this.console), config.audit.name)
            found = try_out(
                target,
                backup,
                place or site.layout.spool,
                subset=part,
                known=known_keys(config),
                anchors=[path for size, path in notes if size <= backup.records],
                step=step,
            )
        if found.damaged:
            forget_listings(site.layout)
        site.audit.write(
            RecordType.VERIFY,
            operation=Verb.BACKUP_VERIFY,
            count=found.shipments,
            bytes=found.bytes,
            outcome="damaged" if found.damaged else "ok",
            detail=f"backup {backup.name}; part {part}; {len(found.findings)} finding(s); log: {found.headline}",
        )
    code = ExitCode.INTEGRITY if found.damaged else ExitCode.OK
    document = {
        "backup": backup.name,
        "made_at": backup.made_at.isoformat(),
        "subset": str(part),
        "shipments": found.shipments,
        "bytes": found.bytes,
        "findings": [{"path": each.path, "problem": each.problem, "remedy": each.remedy} for each in found.findings],
        "log": found.headline,
        "records": backup.records,
        "missing": list(backup.missing),
        "exit_code": int(code),
    }
    say = this.console.answer if found.damaged else this.console.acted
    say(document, lambda console: _verified(console, found))
    raise typer.Exit(code)


def _verified(console: RichConsole, found: Verified) -> None:
    console.print(
        f"Backup {found.backup.name}: {found.shipments} shipments, {found.bytes / 1000:,.0f} kB were laid out and read."
    )
    console.print(one_line(f"Its audit log: {found.headline}."), soft_wrap=True)
    for each in found.findings:
        console.print(one_line(f"{each.path}: {each.problem}  {each.remedy}"), soft_wrap=True)
    console.print("Not in it, and to be brought from elsewhere after a disaster:")
    for sentence in found.backup.missing:
        console.print(one_line(f"  - {sentence}"), soft_wrap=True)


def restore(
    context: typer.Context,
    name: Name = None,
    directory: Directory = None,
    identity: IdentityFile = None,
    newer_log: Annotated[
        Path | None,
        typer.Option("--newer-log", metavar="DIR", help="The audit log as it was after the backup, if there is one."),
    ] = None,
    without_anchors: Annotated[
        bool, typer.Option("--without-anchors", help="Though an anchor cannot be asked what is lost.")
    ] = False,
) -> None:
    """
    Make a working archive of a backup, in an empty [archive] root.  All logins wait for `insurers unblock`.
    """
    from ..backup.laying import lay_out
    from ..model.ports import SystemClock
    from ..sync.restoring import Origin, begin_restoring, conclude
    from .counting import counted

    this, clock = invocation(context), SystemClock()
    config = this.config()
    target = _way(this, directory, identity).open()
    with target.held(alone=False), counted(this.console, "Restoring") as step:
        backup = target.backup(name)
        origin = Origin(
            backup.name, backup.made_at, backup.records, backup.environment, _anchored(config, without=without_anchors)
        )
        entrance = begin_restoring(config, clock, origin, this.identity)
        laid = lay_out(target, backup, entrance.layout, step=step)
        copy = Path(config.archive.second_copy) if config.archive.second_copy else None
        done = conclude(
            config,
            clock,
            entrance,
            origin,
            newer_log=_log_in(newer_log) if newer_log else None,
            copy=copy if copy and copy.is_dir() else None,
            step=step,
        )
    document = document_of(backup, laid, done)
    this.console.answer(document, lambda console: show(console, backup, laid, done))
    raise typer.Exit(int(document["exit_code"]))


def _way(this: Invocation, directory: Path | None, identity: Path | None) -> Way:
    from ..backup.opening import Way
    from ..model.ports import SystemClock
    from ..sync.restoring import demand_may_restore

    # Before anything of the backup is looked at.
    demand_may_restore(this.config(), SystemClock(), this.identity)
    return Way(this.config().backup, directory, identity)


def _anchored(config: Config, *, without: bool) -> int | None:
    """
    Return the size of the newest checkpoint that the directories among the anchors know, None where none is asked.
    """
    from ..audit.anchored import anchored_notes

    anchors = [each.path for each in config.audit.anchors or () if each.kind == "directory"]
    if without or not anchors:
        return None
    for anchor in anchors:
        if not anchor.is_dir():
            raise StorageError(
                f"The anchor {anchor} is not there, so how much of the audit log the backup lacks cannot be told.",
                hint="Mount it.  With --without-anchors it stays unknown, and later checks that ask it call it damage.",
            )
    return max((size for size, _ in anchored_notes(anchors, config.audit.name)), default=0)


def _log_in(directory: Path) -> Path:
    return directory / "audit" if (directory / "audit").is_dir() else directory

"""`bipro-sync audit`: shows and checks the audit log; what else is done with it has modules of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ..errors import BiproSyncError, ConfigurationError, ExitCode, IntegrityError, StorageError, UsageError
from . import audit_checkpoint, audit_key
from .console import Invocation, invocation, one_line
from .words import words_of


if TYPE_CHECKING:  # reading the log needs msgspec, asking for help does not
    from rich.console import Console as RichConsole

    from ..audit import Record, Verification
    from ..config import Config
    from ..model.rights import Verb
    from ..sync.acting import Entrance


_ZONE = "Europe/Berlin"

Directory = Annotated[
    Path | None,
    typer.Option("--directory", metavar="DIR", help="A log or archive elsewhere; needs no configuration."),
]


def register(app: typer.Typer) -> None:
    """
    Add `audit list`, `audit verify` and the group's other commands.
    """
    group = typer.Typer(help="The audit log: what was done, when, and by whom.")
    group.command("list")(list_records)
    group.command("verify")(verify_log)
    audit_checkpoint.add_to(group)
    audit_key.add_to(group)
    app.add_typer(group, name="audit")


def list_records(
    context: typer.Context,
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Only this insurer's.")] = None,
    shipment: Annotated[str | None, typer.Option(metavar="ID", help="Only this shipment's.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only this type's, such as call.outcome.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From this time on; without a zone: Berlin.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")] = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Only this run's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The first N of them.")] = None,
    last: Annotated[int | None, typer.Option(min=1, metavar="N", help="The last N of them.")] = None,
    directory: Directory = None,
) -> None:
    """
    Show the records, oldest first.
    """
    import msgspec

    from ..audit import RecordType, read
    from ..model.rights import Verb

    this = invocation(context)
    log, config = _log(this, directory)
    entrance = _enter(this, config, Verb.AUDIT_LIST, insurer) if config else None
    found = read(
        log,
        insurer=insurer or (entrance.session.scope if entrance else None),
        since=_moment(since),
        until=_moment(until),
        types=words_of(RecordType, types) if types else None,
        shipment=shipment,
        run=run,
    )
    records = deque(islice(found, limit), maxlen=last)
    this.console.answer([msgspec.to_builtins(record) for record in records], lambda console: _table(console, records))


def verify_log(context: typer.Context, directory: Directory = None) -> None:
    """
    Check every record's place in the chain.  Exit 15 where the log is damaged.
    """
    from ..audit import verify
    from ..model.rights import Verb

    this = invocation(context)
    log, config = _log(this, directory)
    entrance = _enter(this, config, Verb.AUDIT_VERIFY, None) if config else None
    found = verify(log)
    unnoted = _note(config, entrance, found) if config and entrance else None
    if entrance and entrance.session.scope:
        found = found.of(entrance.session.scope)
    code = ExitCode.INTEGRITY if found.damaged else unnoted.exit_code if unnoted else ExitCode.OK
    document = {"headline": found.headline, **asdict(found), "exit_code": int(code)}
    say = this.console.answer if found.damaged else this.console.acted
    say(document, lambda console: _report(console, found))
    if unnoted:
        this.console.warn(f"error: {unnoted.message}", "The check itself is not on record.")
    raise typer.Exit(code)


def _log(this: Invocation, directory: Path | None) -> tuple[Path, Config | None]:
    """
    Return the log's directory: the configured archive's, or *directory*, which may be an archive's root.

    Return also the configuration by which it is kept, if any: a log elsewhere is nobody's here to permit.
    """
    from ..sync.card import keeper_of

    if directory is None:
        config = _configured(this)
        if (log := config.archive.root / "audit").is_dir():
            return log, config
    else:
        for log in (directory / "audit", directory):
            if log.is_dir():
                return log, keeper_of(log)
    named = directory or this.config().archive.root
    raise UsageError(f"There is no audit log in {named}.", hint="The first pull begins it; is the path right?")


def _enter(this: Invocation, config: Config, verb: Verb, insurer: str | None) -> Entrance:
    from ..model.ports import SystemClock
    from ..sync.acting import enter

    insurers = () if insurer is None else (insurer,)
    return enter(config, SystemClock(), verb, insurers=insurers, identity=this.identity)


def _note(config: Config, entrance: Entrance, found: Verification) -> BiproSyncError | None:
    """
    Record in the log that it was verified, and return why it cannot take that, if so: what was found is told all the
    same, because a log on a failing disk is the one that must be looked at.
    """
    from ..audit import RecordType
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import opened_log

    try:
        with opened_log(config, SystemClock(), entrance) as log:
            log.write(
                RecordType.VERIFY,
                operation=Verb.AUDIT_VERIFY,
                count=found.records,
                outcome="damaged" if found.damaged else "ok",
                detail=f"audit log; {found.headline}",
            )
    except (StorageError, IntegrityError) as error:
        return error
    return None


def _configured(this: Invocation) -> Config:
    try:
        return this.config()
    except ConfigurationError as error:
        error.hint += "  Or name the log with `--directory DIR`, which needs no configuration."
        raise


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time; write 2026-11-21 or 2026-11-21T10:15.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(_ZONE))


def _table(console: RichConsole, records: Iterable[Record]) -> None:
    from .tables import table_of

    table = table_of(("no.", "time (UTC)", "type", "who", "insurer", "about", "outcome"), numbers=["no."])
    for record in records:
        table.add_row(
            str(record.seq),
            f"{record.ts[:10]} {record.ts[11:19]}",
            record.type.value,
            record.principal or record.os_user,
            record.insurer,
            " ".join(part for part in (record.operation, record.shipment, record.detail) if part),
            record.outcome,
        )
    console.print(table)


def _report(console: RichConsole, found: Verification) -> None:
    console.print(f"Audit log: {found.headline}.")
    console.print(
        f"{found.records} records in {found.segments} segments, {found.first_ts or '-'} to {found.last_ts or '-'}."
    )
    for intent in found.open_intents:
        about = " ".join(part for part in (intent.insurer, intent.operation, intent.shipment) if part)
        console.print(
            f"Outcome unknown (interrupted, or under way): record {intent.seq}, {intent.ts}, {one_line(about)}"
        )
    if found.torn_bytes:
        console.print(f"The last {found.torn_bytes} bytes are what a crash cut or lost, or being written.")
    if found.damaged:
        console.print("Keep everything as it is, and compare with the last backup before anything else.")

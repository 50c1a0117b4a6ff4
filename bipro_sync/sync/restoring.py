"""Turning the files of a restored backup into an archive that works; nobody logs in before a person has said so.

What happened after the backup was made is gone: which logins were refused (so all breakers are open, I7), which
shipments were acknowledged (so they are named where anything knows of them), and the end of the audit log (so its next
record says that and how much, as far as anchors know).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from datetime import datetime
from pathlib import Path

import msgspec

from ..archive import AcknowledgedList, Acknowledgement, ArchiveFinding, Layout
from ..audit import AuditLog, Identity, RecordType, identify, read
from ..audit.record import BACKUP_RESTORED
from ..config import Config
from ..durable import children, exists, make_directory, names, read_whole, remove_file, replace
from ..errors import ConfigurationError, IntegrityError, UsageError
from ..insurers import Insurer, effective
from ..model.ports import Clock, Operation
from ..model.rights import Verb
from .acting import Entrance, become_owner, demand_permitted, enter
from .breaker import RESTORED
from .permission import session_of
from .rebuilding import rebuild
from .workplace import open_entered


_MEANINGLESS = {"lost+found", "restoring.json"}


class _Mark(msgspec.Struct):
    backup: str


_MARKS = msgspec.json.Decoder(_Mark)


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Which backup was restored: its name, when it was made, how many records of the log it holds, and whether test or
    production; *anchored* is the size of the newest checkpoint that anchors know, None where none was asked.
    """

    name: str
    made_at: datetime
    records: int
    environment: str
    anchored: int | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """
    A shipment that was acknowledged, or about to be, after the backup was made, and whether it is *stored* in it.
    """

    insurer: str
    shipment: str
    at: datetime
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Concluded:
    """
    An archive that works again: its shipments, the accounts whose logins wait for a person, what is wrong with it, and
    what was acknowledged since, as far as *asked* sources know; without any nobody here knows.
    """

    shipments: int
    blocked: tuple[str, ...]
    findings: tuple[ArchiveFinding, ...]
    asked: tuple[str, ...]
    acknowledged: tuple[Acknowledged, ...]


def begin_restoring(config: Config, clock: Clock, origin: Origin, identity: Identity | None) -> Entrance:
    """
    Let whoever runs this begin to restore a backup to the archive root of *config*, which must be empty.

    Until :func:`conclude` has ended well no command takes what is there for an archive; the same backup may be begun
    once more.  Raises :class:`~bipro_sync.errors.NotPermittedError`,
    :class:`~bipro_sync.errors.UsageError` where something else is there,
    :class:`~bipro_sync.errors.ConfigurationError` where the backup is of another environment.
    """
    demand_may_restore(config, clock, identity)
    layout, by_root = Layout(config.archive.root), os.getuid() == 0
    if origin.environment != config.environment:
        raise ConfigurationError(
            f"The backup {origin.name} is of the {origin.environment} environment, this configuration of "
            f"{config.environment}; they never share an archive.",
            hint="Name the right configuration with --config FILE.",
        )
    mark = read_mark(layout)
    there = [path.name for path in children(layout.root) if path.name not in _MEANINGLESS]
    if there and mark != origin.name:
        raise UsageError(
            f"{layout.root} is not empty, so nothing was restored there."
            + (f"  It holds part of the backup {mark}." if mark else ""),
            hint="Let [archive] root name an empty directory.  Keep what is there: it may know more than the backup.",
        )
    make_directory(layout.root)
    become_owner(layout.root)
    if mark is None:
        replace(layout.restoring, msgspec.json.encode(_Mark(origin.name)))
    return Entrance(layout, session_of(config, identity or identify(), secrets.token_hex(8)), by_root)


def demand_may_restore(config: Config, clock: Clock, identity: Identity | None) -> None:
    """
    Raise :class:`~bipro_sync.errors.NotPermittedError` for who may not restore; recorded where there is an archive.
    """
    layout = Layout(config.archive.root)
    if layout.is_begun and read_mark(layout) is None:
        enter(config, clock, Verb.BACKUP_RESTORE, identity=identity)
    else:
        demand_permitted(config, clock, Verb.BACKUP_RESTORE, identity=identity)


def read_mark(layout: Layout) -> str | None:
    """
    Return the name of the backup that is being restored, None where none is.
    """
    if not exists(layout.restoring):
        return None
    try:
        return _MARKS.decode(read_whole(layout.restoring)).backup
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def conclude(
    config: Config,
    clock: Clock,
    entrance: Entrance,
    origin: Origin,
    *,
    newer_log: Path | None,
    copy: Path | None,
    step: Callable[[str], None],
) -> Concluded:
    """
    Make the restored files an archive: the record of it, the breakers, the catalogue; durable when it returns.

    *newer_log* is the log as it was after the backup, if it still exists, *copy* the second copy.  Raises
    :class:`~bipro_sync.errors.IntegrityError` where that log is another one, or the restored one cannot be read.
    """
    layout = entrance.layout
    layout.prepare()
    # Asked before anything is written: a wrong directory must not be found out about too late.
    asked, since = _acknowledged_since(layout, origin, newer_log, copy)
    with closing(AuditLog(layout.audit, session=entrance.session, clock=clock)) as log:
        log.write(
            RecordType.RESTORE,
            operation=BACKUP_RESTORED,
            count=origin.anchored,
            outcome="ok",
            detail=f"backup {origin.name}; {origin.records} records; {_known(origin)}",
        )
    with open_entered(config, clock, Verb.BACKUP_RESTORE, entrance, alone=True) as site:
        accounts = _accounts(config, layout)
        for account, insurer in accounts.items():
            site.audit.write(
                RecordType.BREAKER_OPEN,
                insurer=insurer,
                account=account,
                outcome=RESTORED,
                detail="a backup was restored; what was refused since it was made is not known",
            )
        rebuilt = rebuild(site, rehash=False, step=step)
    remove_file(layout.restoring)
    stored = {
        (each.insurer, each.shipment): replace_fields(
            each, stored=layout.stored_path(each.insurer, each.shipment) is not None
        )
        for each in since
    }
    return Concluded(rebuilt.shipments, tuple(sorted(accounts)), rebuilt.findings, asked, tuple(stored.values()))


def _known(origin: Origin) -> str:
    if origin.anchored is None:
        return "no anchor was asked"
    return f"the newest checkpoint that anchors know is of {origin.anchored} records"


def _accounts(config: Config, layout: Layout) -> dict[str, str | None]:
    """
    Return every account that anything was ever sent for, and each of the configuration, with an insurer of it.
    """
    noted = {name.removesuffix(".json"): None for name in names(layout.breakers) if name.endswith(".json")}
    known = {each.account: each.name for each in effective(config).values() if isinstance(each, Insurer)}
    # Where a section cannot be used now its account is not known; it is called as the section unless that says else.
    others = {name: name for name in config.insurers if name not in known}
    return noted | others | known


def _acknowledged_since(
    layout: Layout, origin: Origin, newer_log: Path | None, copy: Path | None
) -> tuple[tuple[str, ...], list[Acknowledged]]:
    found: list[Acknowledged] = []
    asked = []
    if newer_log is not None:
        found += _in_log(layout, origin, newer_log)
        asked.append("the newer audit log")
    if copy is not None:
        lines = AcknowledgedList(copy, lock=copy).read()
        found += _in_list(origin, (line for line in lines if isinstance(line, Acknowledgement)))
        asked.append("the second copy")
    return tuple(asked), found


def _in_log(layout: Layout, origin: Origin, directory: Path) -> Iterator[Acknowledged]:
    records = read(directory, after=origin.records - 1)
    if origin.records and next(records, None) != next(read(layout.audit, after=origin.records - 1), None):
        raise IntegrityError(
            f"The log in {directory} is not the one that the backup was made of.",
            hint="Is it the log that was written after the backup?  Without --newer-log none is asked.",
        )
    for record in records:
        is_sent = record.type is RecordType.CALL_INTENT and record.operation == Operation.ACKNOWLEDGE
        if is_sent and record.insurer and record.shipment:
            yield Acknowledged(record.insurer, record.shipment, datetime.fromisoformat(record.ts))


def _in_list(origin: Origin, lines: Iterable[Acknowledgement]) -> Iterator[Acknowledged]:
    for line in lines:
        if line.at >= origin.made_at:
            yield Acknowledged(line.insurer, line.shipment, line.at)

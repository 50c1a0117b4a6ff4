"""Who acts in an archive, and whether they may: nothing is read, sent or changed there by anybody it does not know."""

from __future__ import annotations

import os
import pwd
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..archive import Layout
from ..audit import AuditLog, Identity, RecordType, Session, identify
from ..config import Config
from ..durable import DirectoryLock, exists, make_directory, remove_drafts, replace
from ..durable.mounts import mount_of
from ..errors import ConfigurationError, NotPermittedError, StorageError, UsageError
from ..model.ports import Clock
from ..model.rights import CUSTOMER_DATA, Verb
from .card import card_for, own_card, rights
from .permission import refusal_of, session_of


@contextmanager
def acting(
    config: Config,
    clock: Clock,
    verb: Verb,
    *,
    purpose: str | None = None,
    insurers: Collection[str] = (),
    identity: Identity | None = None,
) -> Iterator[AuditLog]:
    """
    Let whoever runs this do *verb* in the archive of *config*, and yield its log for the record of it.

    *insurers* are those asked about, all without any; an answer leaves out what lies outside of the log's
    `session.scope`.  No catalogue is needed.  The record must be written before anything is shown: where the log
    cannot take it, :class:`~bipro_sync.errors.StorageError` ends the command.

    Raises :class:`~bipro_sync.errors.NotPermittedError`, recorded, for who may not do it;
    :class:`~bipro_sync.errors.UsageError` for customers' data without a purpose where one must be named;
    :class:`~bipro_sync.errors.ConfigurationError` where there is no archive yet, or it is another configuration's.
    """
    entrance = enter(config, clock, verb, insurers=insurers, identity=identity)
    demand_purpose(config, verb, purpose)
    with opened_log(config, clock, entrance) as log:
        yield log


@dataclass(frozen=True, slots=True)
class Entrance:
    """
    An archive that somebody has entered: where things lie, who it is, and whether root let them in.
    """

    layout: Layout
    session: Session
    by_root: bool


def enter(
    config: Config,
    clock: Clock,
    verb: Verb,
    *,
    insurers: Collection[str] = (),
    identity: Identity | None = None,
    begin: bool = False,
) -> Entrance:
    """
    Return the archive of *config*, prepared for whoever runs this, who may do *verb* there; only where it may *begin*
    one need there be none yet.

    Raises as :func:`acting`; a refusal is recorded where there is an archive, and never begins one.
    """
    layout, by_root = Layout(config.archive.root), os.getuid() == 0
    demand_restored(layout)
    own_card(config, layout, by_root=by_root)
    if not begin:
        demand_begun(layout)
    if not layout.is_begun:
        demand_permitted(config, clock, verb, insurers=insurers, identity=identity)
        _demand_own_disk(config)
    session = session_of(config, identity or identify(), secrets.token_hex(8))
    entrance = Entrance(layout, session, by_root)
    make_directory(layout.root)
    become_owner(layout.root)
    layout.prepare()
    if refusal := refusal_of(config, session, verb, insurers, clock):
        known = set(config.insurers)
        with opened_log(config, clock, entrance) as log:
            log.write(
                RecordType.ACCESS_REFUSED,
                operation=verb,
                insurer=next(iter(insurers)) if len(insurers) == 1 and known.issuperset(insurers) else None,
                outcome=refusal.code,
                detail=refusal.message,
            )
        raise refusal
    return entrance


@contextmanager
def opened_log(config: Config, clock: Clock, entrance: Entrance) -> Iterator[AuditLog]:
    """
    Yield the log; a changed configuration is recorded first, with the users and roles in force from now on.
    """
    layout = entrance.layout
    with closing(AuditLog(layout.audit, session=entrance.session, clock=clock)) as log:
        # One at a time, so that a change is told of once.
        with DirectoryLock(layout.state):
            card, changed = card_for(config, layout, clock, by_root=entrance.by_root)
            remove_drafts(layout.state, re.escape(layout.card.name))
            if changed:
                for detail in rights(config, card):
                    log.write(RecordType.CONFIG_CHANGED, detail=detail)
                replace(layout.card, msgspec.json.encode(card))
        yield log


def demand_permitted(
    config: Config, clock: Clock, verb: Verb, *, insurers: Collection[str] = (), identity: Identity | None = None
) -> None:
    """
    Raise :class:`~bipro_sync.errors.NotPermittedError` for who may not do *verb*, where no archive can record it.
    """
    session = session_of(config, identity or identify(), secrets.token_hex(8))
    if refusal := refusal_of(config, session, verb, insurers, clock):
        raise refusal


def demand_right(
    config: Config, clock: Clock, verb: Verb, *, insurers: Collection[str] = (), identity: Identity | None = None
) -> None:
    """
    Raise :class:`~bipro_sync.errors.NotPermittedError`, recorded where there is an archive, for who may not do *verb*.

    For what is done outside of the archive: who may do it stays who they are, root included.
    """
    try:
        demand_permitted(config, clock, verb, insurers=insurers, identity=identity)
    except NotPermittedError:
        if Layout(config.archive.root).is_begun:
            enter(config, clock, verb, insurers=insurers, identity=identity)
        raise


def become_owner(root: Path) -> None:
    """
    Where root runs this on somebody's archive, go on as that user, in that user's groups: what root wrote, a service
    could not read, and places that others share with a service are open to a group of it.
    """
    owner = root.stat()
    if os.getuid() == 0 and owner.st_uid != 0:
        os.setgroups(_groups_of(owner.st_uid, owner.st_gid))
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _groups_of(user: int, group: int) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return []


def demand_begun(layout: Layout) -> None:
    """
    Raise :class:`~bipro_sync.errors.ConfigurationError` where there is no archive yet.
    """
    if not layout.is_begun:
        raise ConfigurationError(
            f"There is no archive at {layout.root} yet.",
            hint="The first `bipro-sync pull` makes it; or is [archive] root another directory?",
            code="no-archive",
        )


def demand_restored(layout: Layout) -> None:
    """
    Raise :class:`~bipro_sync.errors.StorageError` where a backup was being restored, and that did not come to its end.
    """
    if exists(layout.restoring):
        raise StorageError(
            f"A backup is being restored to {layout.root}, or that was interrupted; nothing was sent.",
            hint="Once it is through, go on.  Where it was interrupted: `bipro-sync backup restore` once more.",
            code="restore-unfinished",
        )


def _demand_own_disk(config: Config) -> None:
    """
    Raise :class:`~bipro_sync.errors.ConfigurationError` where an archive would begin on another machine's disk.
    """
    mount = mount_of(config.archive.root)
    if mount and mount.is_remote and not config.archive.network_file_system:
        raise ConfigurationError(
            f"[archive] root {config.archive.root} lies on {mount.type}, a network file system, whose locks and fsyncs "
            "may lie; no archive was begun there.",
            hint="Use a disk of this machine; network_file_system = true allows it all the same.",
        )


def demand_purpose(config: Config, verb: Verb, purpose: str | None) -> None:
    """
    Raise :class:`~bipro_sync.errors.UsageError` where *purpose* says nothing, or is missing and must be named.
    """
    if purpose is not None and not purpose.strip():
        raise UsageError("--purpose says nothing; it stands in the audit log for years.")
    if purpose is None and verb in CUSTOMER_DATA and config.environment == "production":
        raise UsageError(
            f"`{verb}` shows customers' data, so a purpose must be named.",
            hint="Add --purpose TEXT, such as a file number; it stands in the audit log, so name no customer in it.",
        )

"""Everything a command needs below one archive root, opened and closed together; it refuses roots of others."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from .. import __version__
from ..archive import Archive, CopyPlace, Layout
from ..audit import AuditLog, Identity, RecordType, Session, identify
from ..catalog import Catalogue, Ledger, Queries
from ..config import Config
from ..durable import exists, make_directory, read_whole, replace
from ..errors import ConfigurationError, NotPermittedError, StorageError
from ..model.ports import Clock
from .copying import CopiedArchive, Copying


SOFTWARE = f"bipro-sync {__version__}"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an archive remembers of its configuration, in `state/archive.json`.
    """

    environment: str
    configuration: str
    configuration_sha256: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Workplace:
    """
    One archive, open: files, catalogue, audit log, clock, and who acts in which run.
    """

    config: Config
    layout: Layout
    archive: Archive
    catalogue: Catalogue
    ledger: Ledger
    queries: Queries
    audit: AuditLog
    clock: Clock
    session: Session
    copying: Copying | None


@contextmanager
def open_workplace(config: Config, clock: Clock, identity: Identity | None = None) -> Iterator[Workplace]:
    """
    Open the archive of *config* for a command that writes, and close it in the end.

    Raises :class:`~bipro_sync.errors.NotPermittedError` for a person the configuration does not know,
    :class:`~bipro_sync.errors.ConfigurationError` where the archive belongs to another configuration or
    environment, :class:`~bipro_sync.errors.StorageError` where it cannot be used.
    """
    identity = identity or identify()
    layout = Layout(config.archive.root)
    run = secrets.token_hex(8)
    session = session_of(config, identity, run, clock)
    by_root = os.getuid() == 0
    make_directory(layout.root)
    _become_owner(layout.root)
    layout.prepare()
    card, changed = _card(config, layout, clock, by_root=by_root)
    catalogue = Catalogue.open(layout.catalogue, shipments_exist=layout.has_shipments())
    try:
        audit = AuditLog(layout.audit, session=session, clock=clock)
        try:
            if changed:
                audit.write(RecordType.CONFIG_CHANGED, detail=_rights(config, card))
                replace(layout.state / "archive.json", msgspec.json.encode(card))
            second = CopyPlace.of(config)
            copying = Copying(second, clock) if second else None
            yield Workplace(
                config=config,
                layout=layout,
                archive=CopiedArchive(second, copying) if second and copying else Archive(layout),
                catalogue=catalogue,
                ledger=Ledger(catalogue, run=run),
                queries=Queries(catalogue),
                audit=audit,
                clock=clock,
                session=session,
                copying=copying,
            )
        finally:
            audit.close()
    finally:
        catalogue.close()


def open_queries(config: Config) -> Catalogue:
    """
    Open the catalogue for a command that only reads; the archive must exist already.
    """
    layout = Layout(config.archive.root)
    if not exists(layout.state):
        raise ConfigurationError(
            f"There is no archive at {layout.root} yet.",
            hint="The first `bipro-sync pull` makes it; or is [archive] root another directory?",
            code="no-archive",
        )
    # Reading makes files too: SQLite's, beside the catalogue.
    _become_owner(layout.root)
    return Catalogue.open(layout.catalogue, shipments_exist=layout.has_shipments())


def session_of(config: Config, identity: Identity, run: str, clock: Clock) -> Session:
    """
    Return who acts: the person in `[users]` whose login this is, or the schedule and who answers for it.

    Outside the test environment everybody must be known, and active today.
    """
    today = clock.now().date()
    known = next(((key, user) for key, user in config.users.items() if user.login == identity.os_user), None)
    person = known if not identity.scheduled else None
    if person and not (person[1].active_from <= today and (person[1].active_to or today) >= today):
        person = None
    if person is None and not identity.scheduled and config.environment == "production":
        raise NotPermittedError(
            f"The login {identity.os_user} is not an active person in [users], so nothing was done.",
            hint="Enter the person in [users] of the configuration, or run the command as one who is.",
        )
    return Session(
        run=run,
        actor="schedule" if identity.scheduled else "person",
        principal=person[0] if person else None,
        principal_name=person[1].name if person else None,
        role=person[1].role if person else None,
        responsible=config.audit.responsible if identity.scheduled else None,
        os_user=identity.os_user,
        software=SOFTWARE,
    )


def _become_owner(root: Path) -> None:
    """
    Where root runs this on somebody's archive, go on as that user: what root wrote, a service could not read.
    """
    owner = root.stat()
    if os.getuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _card(config: Config, layout: Layout, clock: Clock, *, by_root: bool) -> tuple[Card, bool]:
    path = layout.state / "archive.json"
    card = Card(
        environment=config.environment,
        configuration=str(config.path.resolve()),
        configuration_sha256=config.sha256,
        opened_at=clock.now(),
    )
    if not exists(path):
        return card, True
    try:
        before = msgspec.json.decode(read_whole(path), type=Card)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{path} cannot be read, so whose archive this is cannot be told.",
            hint="Restore it from a backup; the stored shipments are untouched.",
        ) from error
    if before.environment != card.environment:
        raise ConfigurationError(
            f"The archive {layout.root} belongs to the {before.environment} environment, this configuration to "
            f"{card.environment}; they never share one.",
            hint="Give the other environment an [archive] root of its own.",
        )
    other = before.configuration != card.configuration
    if other and card.environment == "production" and not by_root:
        raise ConfigurationError(
            f"The archive {layout.root} belongs to the configuration {before.configuration}.",
            hint="Use that one.  If the configuration has moved, let root run one command with the new one.",
        )
    return card, other or before.configuration_sha256 != card.configuration_sha256


def _rights(config: Config, card: Card) -> str:
    people = ", ".join(f"{key} ({user.login}, {user.role})" for key, user in config.users.items()) or "none"
    return f"configuration {card.configuration_sha256}; users: {people}"

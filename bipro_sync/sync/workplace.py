"""Everything a command needs below one archive root, opened and closed together; it refuses roots of others."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .. import __version__
from ..archive import Archive, CopyPlace, Layout
from ..audit import AuditLog, Identity, RecordType, Session, identify
from ..catalog import Catalogue, Ledger, Queries, clear_leftovers
from ..config import Config
from ..durable import DirectoryLock, FileLock, make_directory, remove_drafts, replace
from ..errors import BusyError, ConfigurationError, NotPermittedError
from ..model.ports import Clock
from .card import Card, card_for, rights
from .copying import CopiedArchive, Copying
from .stop_switch import restore_switches


SOFTWARE = f"bipro-sync {__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    One archive, open but for its catalogue: files, audit log, clock, and who acts in which run.
    """

    config: Config
    layout: Layout
    archive: Archive
    audit: AuditLog
    clock: Clock
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace(Site):
    """
    One archive, open, its catalogue included.
    """

    copying: Copying | None
    catalogue: Catalogue
    ledger: Ledger
    queries: Queries


@contextmanager
def open_workplace(config: Config, clock: Clock, identity: Identity | None = None) -> Iterator[Workplace]:
    """
    Open the archive of *config* for a command that writes, and close it in the end.

    Raises :class:`~bipro_sync.errors.NotPermittedError` for a person the configuration does not know,
    :class:`~bipro_sync.errors.ConfigurationError` where the archive belongs to another configuration or
    environment, :class:`~bipro_sync.errors.BusyError` while its catalogue is made again,
    :class:`~bipro_sync.errors.StorageError` where it cannot be used.
    """
    layout, session, card = _enter(config, clock, identity)
    with _using_catalogue(layout, alone=False):
        catalogue = Catalogue.open(layout.catalogue, shipments_exist=layout.has_shipments())
        with closing(catalogue), _audit(config, layout, session, clock, card) as audit:
            clear_leftovers(layout.catalogue)
            second = CopyPlace.of(config)
            copying = Copying(second, clock) if second else None
            yield Workplace(
                config=config,
                layout=layout,
                archive=CopiedArchive(second, copying) if second and copying else Archive(layout),
                audit=audit,
                clock=clock,
                session=session,
                copying=copying,
                catalogue=catalogue,
                ledger=Ledger(catalogue, run=session.run),
                queries=Queries(catalogue),
            )


@contextmanager
def open_site(config: Config, clock: Clock, identity: Identity | None = None) -> Iterator[Site]:
    """
    Open the archive of *config* for the one command that makes its catalogue, and let nobody else use that.

    Raises as :func:`open_workplace`, and :class:`~bipro_sync.errors.BusyError` while any other command writes.
    """
    layout, session, card = _enter(config, clock, identity)
    with _using_catalogue(layout, alone=True), _audit(config, layout, session, clock, card) as audit:
        yield Site(config=config, layout=layout, archive=Archive(layout), audit=audit, clock=clock, session=session)


def _enter(config: Config, clock: Clock, identity: Identity | None) -> tuple[Layout, Session, Card | None]:
    """
    Return the archive's layout, prepared, who acts there, and the card to be left there, if it is another one.
    """
    layout = Layout(config.archive.root)
    session = session_of(config, identity or identify(), secrets.token_hex(8), clock)
    by_root = os.getuid() == 0
    make_directory(layout.root)
    _become_owner(layout.root)
    layout.prepare()
    card, changed = card_for(config, layout, clock, by_root=by_root)
    return layout, session, card if changed else None


@contextmanager
def _using_catalogue(layout: Layout, *, alone: bool) -> Iterator[None]:
    """
    Let nobody put another catalogue in the place of one that is in use: what was written to the old one were lost.
    """
    lock = FileLock(layout.state / "catalogue.lock")
    if not lock.acquire(wait=False, shared=not alone):
        raise BusyError(
            f"Another command works with the archive {layout.root}; nothing was changed."
            if alone
            else f"The catalogue of the archive {layout.root} is being made again; nothing was sent.",
            hint="Try again when it is through.  A service that runs for good must be stopped before.",
        )
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _audit(config: Config, layout: Layout, session: Session, clock: Clock, card: Card | None) -> Iterator[AuditLog]:
    with closing(AuditLog(layout.audit, session=session, clock=clock)) as audit:
        restore_switches(layout)
        if card is not None:
            audit.write(RecordType.CONFIG_CHANGED, detail=rights(config, card))
        with DirectoryLock(layout.state):
            remove_drafts(layout.state, re.escape(layout.card.name))
            if card is not None:
                replace(layout.card, msgspec.json.encode(card))
        yield audit


def open_queries(config: Config) -> Catalogue:
    """
    Open the catalogue for a command that only reads; the archive must exist already.
    """
    layout = Layout(config.archive.root)
    if not layout.is_begun:
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

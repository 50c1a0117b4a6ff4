"""Everything a command needs below one archive root, opened and closed together; it refuses roots of others."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from ..archive import Archive, CopyPlace, Layout
from ..audit import AuditLog, Identity, Session
from ..catalog import Catalogue, Ledger, Queries, clear_leftovers
from ..config import Config
from ..durable import FileLock
from ..errors import BusyError
from ..model.ports import Clock
from ..model.rights import Verb
from .acting import Entrance, become_owner, demand_begun, demand_restored, enter, opened_log
from .card import own_card
from .copying import CopiedArchive, Copying
from .stop_switch import restore_switches


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    One archive, open but for its catalogue: files, audit log, clock, and who does what in which run.
    """

    config: Config
    layout: Layout
    archive: Archive
    audit: AuditLog
    clock: Clock
    session: Session
    verb: Verb


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
def open_workplace(
    config: Config, clock: Clock, verb: Verb, *, insurers: Collection[str] = (), identity: Identity | None = None
) -> Iterator[Workplace]:
    """
    Open the archive of *config* for a command that writes, and close it in the end; *insurers* are those it is about.

    Raises :class:`~bipro_sync.errors.NotPermittedError`, recorded, for who may not do *verb*,
    :class:`~bipro_sync.errors.ConfigurationError` where the archive belongs to another configuration or
    environment, :class:`~bipro_sync.errors.BusyError` while its catalogue is made again,
    :class:`~bipro_sync.errors.StorageError` where it cannot be used.
    """
    entrance = enter(config, clock, verb, insurers=insurers, identity=identity, begin=True)
    layout, session = entrance.layout, entrance.session
    with _using_catalogue(layout, alone=False):
        catalogue = Catalogue.open(layout.catalogue, shipments_exist=layout.has_shipments())
        with closing(catalogue), _opened_log(config, clock, entrance) as audit:
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
                verb=verb,
                copying=copying,
                catalogue=catalogue,
                ledger=Ledger(catalogue, run=session.run),
                queries=Queries(catalogue),
            )


@contextmanager
def open_site(
    config: Config, clock: Clock, verb: Verb, identity: Identity | None = None, *, alone: bool = True
) -> Iterator[Site]:
    """
    Open the archive of *config* but for its catalogue; *alone*, for the one command that makes it, nobody else uses it
    meanwhile, and else nobody makes it.

    Raises as :func:`open_workplace`, and *alone* :class:`~bipro_sync.errors.BusyError` while any other command writes.
    """
    with open_entered(
        config, clock, verb, enter(config, clock, verb, identity=identity, begin=alone), alone=alone
    ) as site:
        yield site


@contextmanager
def open_entered(config: Config, clock: Clock, verb: Verb, entrance: Entrance, *, alone: bool) -> Iterator[Site]:
    """
    Do the same for somebody who has entered already.
    """
    layout, session = entrance.layout, entrance.session
    with _using_catalogue(layout, alone=alone), _opened_log(config, clock, entrance) as audit:
        yield Site(
            config=config,
            layout=layout,
            archive=Archive(layout),
            audit=audit,
            clock=clock,
            session=session,
            verb=verb,
        )


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
def _opened_log(config: Config, clock: Clock, entrance: Entrance) -> Iterator[AuditLog]:
    with opened_log(config, clock, entrance) as log:
        restore_switches(entrance.layout)
        yield log


def open_queries(config: Config) -> Catalogue:
    """
    Open the catalogue for a command that only reads; the archive must exist already, and be this configuration's.
    """
    layout = Layout(config.archive.root)
    demand_begun(layout)
    demand_restored(layout)
    own_card(config, layout, by_root=os.getuid() == 0)
    # Reading makes files too: SQLite's, beside the catalogue.
    become_owner(layout.root)
    return Catalogue.open(layout.catalogue, shipments_exist=layout.has_shipments())

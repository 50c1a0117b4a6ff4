"""Opening the catalogue: durable commits, readers beside one writer, and plain words for what SQLite reports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import sqlalchemy
from pysqlite3 import dbapi2
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from ..durable import DirectoryLock, exists, give_name, storage_error
from ..errors import BiproSyncError, CatalogueDamagedError, CatalogueMissingError, DiskFullError, StorageError
from ..together import Ticket, Together
from . import schema


_BUSY_SECONDS = 60

SIDES = ("-wal", "-shm")
"""What SQLite keeps beside a database, by the ends of the names."""

_SMALLEST = 512
"""Bytes; SQLite takes a shorter file for an empty database, and would make it one."""

_DAMAGE = ("malformed", "not a database", "invalid fts5 file format")
"""By what words SQLite says that a file is damaged, where it does not say so by its code."""


Driver: TypeAlias = dbapi2.Connection
"""The driver's own connection: on the way of each shipment SQLAlchemy would cost ten times what SQLite does."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Change:
    """
    What one thread wants to write, and whether it waits for the device.
    """

    make: Callable[[Driver], Any]
    durable: bool


class Catalogue:
    """
    One open catalogue; usable from several threads, beside other processes.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine
        self._writing = threading.Lock()
        self._changing: Driver | None = None
        self._synchronous = ""
        self._together: Together[_Change, Any] = Together(self._commit)

    @classmethod
    def open(cls, path: Path, *, shipments_exist: bool) -> Catalogue:
        """
        Open the catalogue at *path*, and begin a new one only where no shipment exists yet.

        Raises :class:`~bipro_sync.errors.CatalogueMissingError`,
        :class:`~bipro_sync.errors.CatalogueDamagedError` (also for another version) or
        :class:`~bipro_sync.errors.StorageError`.
        """
        try:
            if not shipments_exist and not path.exists():
                cls._begin(path)
            if not path.exists() or path.stat().st_size < _SMALLEST:
                raise CatalogueMissingError(f"{path} is missing or empty, though it was begun before.")
        except OSError as error:
            raise storage_error("open", path, error) from error
        catalogue = cls(path, _engine(path))
        try:
            catalogue._demand_version()
        except StorageError:
            catalogue.close()
            raise
        return catalogue

    def _demand_version(self) -> None:
        with self.read() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version != schema.VERSION:
            raise CatalogueDamagedError(
                f"{self.path} has version {version}; this program reads and writes version {schema.VERSION}.",
                hint="Use the program version that wrote it, or see the upgrade notes.",
            )

    @classmethod
    def _begin(cls, path: Path) -> None:
        # It appears whole, or one who only reads would be told that the other's half is locked.
        draft = draft_of(path)
        with DirectoryLock(path.parent):
            if not path.exists():
                clear(draft)
                cls._draft(path, draft)

    @classmethod
    def _draft(cls, path: Path, draft: Path) -> None:
        # SQLite would make the file readable by whoever the umask allows; its side files take its mode.
        draft.touch(mode=0o600)
        catalogue = cls(draft, _engine(draft))
        try:
            with closing(catalogue), catalogue.write() as connection:
                schema.metadata.create_all(connection)
                connection.exec_driver_sql(schema.SEARCH)
                connection.exec_driver_sql(f"PRAGMA user_version = {schema.VERSION}")
            # Where SQLite could not fold its log into the file, it says nothing and leaves the log.
            if any(exists(side) for side in sides(draft)):
                raise StorageError(f"The new catalogue {path} could not be completed; nothing was sent.")
            give_name(draft, path)
        finally:
            clear(draft)

    def change(self, make: Callable[[Driver], Result], *, durable: bool) -> Result:
        """
        Return what *make* returns, called inside a write transaction: all it did is committed, or nothing of it.

        What several threads change at once is committed together, with one fsync.  Without *durable* a power cut may
        take the change away until the next durable one; the death of the process never does.
        """
        result: Result = self._together.submit(_Change(make, durable))
        return result

    def _commit(self, batch: Sequence[Ticket[_Change, Any]]) -> None:
        synchronous = "FULL" if any(ticket.work.durable for ticket in batch) else "NORMAL"
        with self._writing, self._plain_words():
            connection = self._driver()
            if synchronous != self._synchronous:
                connection.execute(f"PRAGMA synchronous = {synchronous}")
                self._synchronous = synchronous
            connection.execute("BEGIN IMMEDIATE")
            try:
                for ticket in batch:
                    _make(connection, ticket, alone=len(batch) == 1)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _driver(self) -> Driver:
        if self._changing is None:
            pooled = self._engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
            self._changing = connection
        return self._changing

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Yield a connection inside a write transaction; committed and durable when the block ends well.
        """
        with self._writing, self._transaction("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Yield a connection that sees one consistent state and holds up nobody.
        """
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[Connection]:
        engine = self._engine.execution_options(transaction=kind)
        with self._plain_words(), engine.begin() as connection:
            yield connection

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except sqlalchemy.exc.DBAPIError as error:
            raise _explain(self.path, error.orig or error) from error
        except dbapi2.Error as error:
            raise _explain(self.path, error) from error

    def close(self) -> None:
        """
        Close all connections.
        """
        if self._changing is not None:
            self._changing.close()
            self._changing = None
        self._engine.dispose()


def draft_of(path: Path) -> Path:
    """
    Return where the catalogue at *path* is begun, by the one process that has locked the directory.
    """
    return path.with_name(f".{path.name}.draft")


def clear(path: Path) -> None:
    """
    Remove a database that nobody uses, last of all the file that the others are beside.
    """
    for each in (*sides(path), path.with_name(f"{path.name}-journal"), path):
        each.unlink(missing_ok=True)


def sides(path: Path) -> list[Path]:
    """
    Return where SQLite keeps what belongs to the database at *path* as long as it is open.
    """
    return [path.with_name(path.name + end) for end in SIDES]


def _make(connection: Driver, ticket: Ticket[_Change, Any], *, alone: bool) -> None:
    """
    Carry out one thread's change, so that its failure takes nothing else with it; *alone* it may end the transaction.
    """
    if alone:
        ticket.result = ticket.work.make(connection)
        return
    connection.execute("SAVEPOINT change")
    try:
        ticket.result = ticket.work.make(connection)
    except BiproSyncError as error:
        connection.execute("ROLLBACK TO change")
        ticket.error = error
    connection.execute("RELEASE change")


def _engine(path: Path) -> Engine:
    engine = sqlalchemy.create_engine(
        f"sqlite+pysqlite:///{path}",
        module=dbapi2,
        max_overflow=-1,  # as many as there are threads, each for moments
        hide_parameters=True,  # they are customers' data, and an error's text may be printed
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {setting}")

    # The driver must not begin transactions by itself: a read that turns into a write could then fail busy at once.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options()['transaction']}")

    return engine


def _explain(path: Path, error: BaseException) -> StorageError:
    name = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if name.startswith("SQLITE_FULL") or "disk is full" in text:
        return DiskFullError(f"The catalogue {path} cannot grow: the disk is full.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or any(word in text for word in _DAMAGE):
        return CatalogueDamagedError(f"{path} is damaged: {text}.")
    return StorageError(f"The catalogue {path} cannot be used: {text}.")

"""Opening the catalogue: durable commits, readers beside one writer, and plain words for what SQLite reports."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pysqlite3 import dbapi2

from ..durable import DirectoryLock, exists, give_name, storage_error
from ..errors import BiproSyncError, CatalogueDamagedError, CatalogueMissingError, DiskFullError, StorageError
from ..together import Ticket, Together
from . import schema


_BUSY_SECONDS = 60

SAFE_SQLITE = (3, 51, 3)
"""The first version in which a write-ahead log that begins anew under several processes damages nothing."""

SIDES = ("-wal", "-shm")
"""What SQLite keeps beside a database, by the ends of the names."""

_SMALLEST = 512
"""Bytes; SQLite takes a shorter file for an empty database, and would make it one."""

_SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF")

_DAMAGE = ("malformed", "not a database", "invalid fts5 file format")
"""By what words SQLite says that a file is damaged, where it does not say so by its code."""


Driver: TypeAlias = dbapi2.Connection
"""The driver's own connection; each row it returns is read by position and by the names of its columns."""

Result = TypeVar("Result")


def sqlite_version() -> tuple[int, ...]:
    """
    Return the version of the SQLite that catalogues are written with.
    """
    return tuple(map(int, dbapi2.sqlite_version.split(".")))


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

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: deque[Driver] = deque()  # as many as there were threads at once, each for moments
        self._writing = threading.Lock()
        self._changing: Driver | None = None
        self._synchronous = ""
        self._together: Together[_Change, Any] = Together(self._commit)

    @classmethod
    def open(cls, path: Path, *, shipments_exist: bool) -> Catalogue:
        """
        Open the catalogue at *path*, and begin a new one only where no shipment exists yet.

        One of an older version is brought up to this one's.  Raises
        :class:`~bipro_sync.errors.CatalogueMissingError`,
        :class:`~bipro_sync.errors.CatalogueDamagedError` (also for a version that is not known) or
        :class:`~bipro_sync.errors.StorageError`.
        """
        try:
            if not shipments_exist and not path.exists():
                cls._begin(path)
            if not path.exists() or path.stat().st_size < _SMALLEST:
                raise CatalogueMissingError(f"{path} is missing or empty, though it was begun before.")
        except OSError as error:
            raise storage_error("open", path, error) from error
        catalogue = cls(path)
        try:
            catalogue._demand_version()
        except StorageError:
            catalogue.close()
            raise
        return catalogue

    def _demand_version(self) -> None:
        with self.read() as connection:
            version = _version(connection)
        while version in schema.UPGRADES:
            version = self._upgrade(version)
        if version != schema.VERSION:
            raise CatalogueDamagedError(
                f"{self.path} has version {version}; this program reads and writes version {schema.VERSION}.",
                hint="Use the program version that wrote it, or see the upgrade notes.",
            )

    def _upgrade(self, version: int) -> int:
        """
        Bring the catalogue from *version* to the next, whole and durable or not at all, and return which it has then.
        """
        with self.write() as connection:
            # Another process may have done it since.
            if _version(connection) == version:
                for statement in schema.UPGRADES[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            return _version(connection)

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
        catalogue = cls(draft)
        try:
            with closing(catalogue), catalogue.write() as connection:
                for statement in schema.STATEMENTS:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {schema.VERSION}")
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
            if self._changing is None:
                self._changing = self._connect()
            connection = self._changing
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

    @contextmanager
    def write(self) -> Iterator[Driver]:
        """
        Yield a connection inside a write transaction; committed and durable when the block ends well.
        """
        with self._writing, self._transaction("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Driver]:
        """
        Yield a connection that sees one consistent state and holds up nobody.
        """
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[Driver]:
        with self._plain_words():
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                connection.execute(f"BEGIN {kind}")
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._idle.append(connection)

    def _connect(self) -> Driver:
        # The driver must not begin transactions by itself: a read that turns into a write could then fail busy at once.
        connection = dbapi2.connect(
            str(self.path), timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        connection.row_factory = dbapi2.Row
        try:
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        except dbapi2.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except dbapi2.Error as error:
            raise _explain(self.path, error) from error

    def compact(self) -> None:
        """
        Leave no trace in the file of what was deleted before; durable when it returns.  Nobody else may use it.
        """
        with self._writing, self._plain_words():
            connection = self._connect()
            try:
                # The index keeps the words of what was deleted until its parts are merged.
                connection.execute("INSERT INTO words (words) VALUES ('optimize')")
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """
        Close all connections.
        """
        if self._changing is not None:
            self._idle.append(self._changing)
            self._changing = None
        while self._idle:
            self._idle.pop().close()


def _version(connection: Driver) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


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


def _explain(path: Path, error: BaseException) -> StorageError:
    name = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if name.startswith("SQLITE_FULL") or "disk is full" in text:
        return DiskFullError(f"The catalogue {path} cannot grow: the disk is full.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or any(word in text for word in _DAMAGE):
        return CatalogueDamagedError(f"{path} is damaged: {text}.")
    return StorageError(f"The catalogue {path} cannot be used: {text}.")

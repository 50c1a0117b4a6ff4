"""Opening the catalogue: durable commits, readers beside one writer, and plain words for what SQLite reports."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from pysqlite3 import dbapi2
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from ..durable import give_name, storage_error
from ..errors import CatalogueDamagedError, CatalogueMissingError, DiskFullError, StorageError
from . import schema


_BUSY_SECONDS = 60

_SMALLEST = 512
"""Bytes; SQLite takes a shorter file for an empty database, and would make it one."""

_DAMAGE = ("malformed", "not a database", "invalid fts5 file format")
"""By what words SQLite says that a file is damaged, where it does not say so by its code."""


class Catalogue:
    """
    One open catalogue; usable from several threads, beside other processes.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine

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
        # It appears whole: of two who begin it at once, one would be told that the other's half is locked.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        # SQLite would make the file readable by whoever the umask allows; its side files take its mode.
        draft.touch(mode=0o600)
        catalogue = cls(draft, _engine(draft))
        try:
            with closing(catalogue), catalogue.write() as connection:
                schema.metadata.create_all(connection)
                connection.exec_driver_sql(schema.SEARCH)
                connection.exec_driver_sql(f"PRAGMA user_version = {schema.VERSION}")
            give_name(draft, path)
        finally:
            draft.unlink()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Yield a connection inside a write transaction; committed and durable when the block ends well.
        """
        with self._transaction("IMMEDIATE") as connection:
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

    def close(self) -> None:
        """
        Close all connections.
        """
        self._engine.dispose()


def _engine(path: Path) -> Engine:
    engine = sqlalchemy.create_engine(
        f"sqlite+pysqlite:///{path}",
        module=dbapi2,
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

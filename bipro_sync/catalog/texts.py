"""The full-text index of what documents say, in a file of its own: it can be made again, and no pull waits for it.

A shipment is known in it by insurer, id and manifest, not by its number, so that it outlives the catalogue's being
made again.  Beside the text it has the words that the catalogue has: one shipment's all are looked for together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pysqlite3 import dbapi2

from ..errors import DiskFullError, StorageError
from ..model.kinds import Kind
from .database import Driver, clear
from .sql import Condition, matching


_VERSION = 1
_BUSY_SECONDS = 60
_STATEMENTS = (
    """
    CREATE TABLE shipments (
        number INTEGER NOT NULL PRIMARY KEY,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        manifest_sha256 TEXT NOT NULL,
        UNIQUE (insurer, id)
    )
    """,
    """
    CREATE VIRTUAL TABLE texts
    USING fts5(said, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')
    """,
    # How far the catalogue's history was followed: nothing, or one row.
    "CREATE TABLE place (step INTEGER NOT NULL, number INTEGER NOT NULL, run TEXT NOT NULL)",
    f"PRAGMA user_version = {_VERSION}",
)
_HINT = "Only finding by what documents say depends on it; `bipro-sync documents index --again` makes it anew."


@dataclass(frozen=True, slots=True)
class HistoryPlace:
    """
    A row of the catalogue's history, by enough to know whether it is still the same one.
    """

    step: int
    number: int
    run: str


@dataclass(frozen=True, slots=True)
class ReadShipment:
    """
    A shipment whose documents were read, as they were under this manifest.
    """

    insurer: str
    id: str
    kind: Kind
    manifest_sha256: str


class Texts:
    """
    The open index at *path*; for one thread, beside other processes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._driver = self._connect()

    @classmethod
    def existing(cls, path: Path) -> Texts | None:
        """
        Open the index for asking; None where there is none.  Raises :class:`~bipro_sync.errors.StorageError` where it
        cannot be used.
        """
        if not path.exists():
            return None
        texts = cls(path)
        try:
            usable = texts._is_ours()
        except BaseException:
            texts.close()
            raise
        if usable:
            return texts
        texts.close()
        raise StorageError(f"The index of texts {path} is damaged, or another version's.", hint=_HINT)

    @classmethod
    def begun(cls, path: Path, *, anew: bool = False) -> Texts:
        """
        Open the index for writing; one that cannot be used, or is to be made *anew*, gives way to an empty one.

        The caller lets no two processes do this at once.  Raises :class:`~bipro_sync.errors.StorageError`.
        """
        if not anew:
            try:
                if texts := cls.existing(path):
                    return texts
            except DiskFullError:
                raise
            except StorageError:
                pass  # it holds nothing that the archive does not hold
        clear(path)
        path.touch(mode=0o600)
        texts = cls(path)
        with texts._transaction() as driver:
            for statement in _STATEMENTS:
                driver.execute(statement)
        return texts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Close it.
        """
        self._driver.close()

    def place(self) -> HistoryPlace | None:
        """
        Return how far the catalogue's history was followed.
        """
        with self._plain_words():
            row = self._driver.execute("SELECT step, number, run FROM place").fetchone()
        return HistoryPlace(*row) if row else None

    def reach(self, place: HistoryPlace) -> None:
        """
        Note that the catalogue's history was followed up to here.
        """
        with self._transaction() as driver:
            driver.execute("DELETE FROM place")
            driver.execute("INSERT INTO place VALUES (?, ?, ?)", (place.step, place.number, place.run))

    def has(self, shipment: ReadShipment) -> bool:
        """
        Say whether this shipment's documents were read as they are.
        """
        query = "SELECT manifest_sha256 FROM shipments WHERE insurer = ? AND id = ?"
        with self._plain_words():
            row = self._driver.execute(query, (shipment.insurer, shipment.id)).fetchone()
        return row is not None and row[0] == shipment.manifest_sha256

    def enter(self, shipment: ReadShipment, said: str) -> None:
        """
        Enter what a shipment says, in the place of what it said before.
        """
        with self._transaction() as driver:
            _forget(driver, shipment.insurer, shipment.id)
            number = driver.execute(
                "INSERT INTO shipments (insurer, id, kind, manifest_sha256) VALUES (?, ?, ?, ?)",
                (shipment.insurer, shipment.id, shipment.kind, shipment.manifest_sha256),
            ).lastrowid
            driver.execute("INSERT INTO texts (rowid, said) VALUES (?, ?)", (number, said))

    def find(
        self, words: str, *, insurers: Collection[str] = (), kinds: Collection[Kind] = ()
    ) -> Iterator[ReadShipment]:
        """
        Yield the shipments in which each word occurs, the last read first, one by one as they are asked for.
        """
        match = matching(words)
        if not match:
            return
        which = Condition()
        which.demand("texts MATCH ?", match)
        if insurers:
            which.one_of("insurer", insurers)
        if kinds:
            which.one_of("kind", kinds)
        query = (
            f"SELECT insurer, id, kind, manifest_sha256 FROM texts "  # noqa: S608 - values are bound
            f"CROSS JOIN shipments ON number = texts.rowid {which} ORDER BY texts.rowid DESC"
        )
        with self._plain_words():
            for insurer, shipment, kind, digest in self._driver.execute(query, which.values):
                yield ReadShipment(insurer, shipment, Kind(kind), digest)

    def erase(self, shipments: Collection[tuple[str, str]]) -> None:
        """
        Forget what these shipments (insurer and id) say, and leave no trace of it in the file; durable when it returns.
        """
        with self._transaction() as driver:
            for insurer, shipment in shipments:
                _forget(driver, insurer, shipment)
        with self._plain_words():
            # The index keeps the words of what was deleted until its parts are merged.
            self._driver.execute("INSERT INTO texts (texts) VALUES ('optimize')")
            self._driver.execute("VACUUM")
            self._driver.execute("PRAGMA synchronous = FULL")
            self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _is_ours(self) -> bool:
        with self._plain_words():
            (version,) = self._driver.execute("PRAGMA user_version").fetchone()
        return bool(version == _VERSION)

    def _connect(self) -> Driver:
        with self._plain_words():
            driver = dbapi2.connect(str(self.path), timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            with self._plain_words():
                # What a power cut takes is read once more.
                for setting in ("journal_mode = WAL", "synchronous = NORMAL", "trusted_schema = OFF"):
                    driver.execute(f"PRAGMA {setting}")
        except StorageError:
            driver.close()
            raise
        return driver

    @contextmanager
    def _transaction(self) -> Iterator[Driver]:
        with self._plain_words():
            self._driver.execute("BEGIN IMMEDIATE")
            try:
                yield self._driver
                self._driver.execute("COMMIT")
            finally:
                if self._driver.in_transaction:
                    self._driver.execute("ROLLBACK")

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except dbapi2.Error as error:
            if "disk is full" in str(error):
                raise DiskFullError(f"The index of texts {self.path} cannot grow: the disk is full.") from error
            raise StorageError(f"The index of texts {self.path} cannot be used: {error}.", hint=_HINT) from error


def erase_texts(path: Path, shipments: Collection[tuple[str, str]]) -> None:
    """
    Forget what these shipments (insurer and id) say, where anything is known of it; durable when it returns.

    An index that cannot be used goes as a whole: nobody could say what is left in it.
    """
    try:
        texts = Texts.existing(path)
        if texts is not None:
            with texts:
                texts.erase(shipments)
    except DiskFullError:
        raise
    except StorageError:
        clear(path)


def _forget(driver: Driver, insurer: str, shipment: str) -> None:
    row = driver.execute(
        "DELETE FROM shipments WHERE insurer = ? AND id = ? RETURNING number", (insurer, shipment)
    ).fetchone()
    if row:
        driver.execute("DELETE FROM texts WHERE rowid = ?", (row[0],))

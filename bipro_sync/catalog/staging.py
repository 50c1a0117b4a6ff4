"""What is known of shipments before they are entered into a draft: in tables of its own, dropped in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..model.kinds import Kind
from ..model.states import Failure
from ..model.told import Told, Word
from .batches import Batches
from .entries import time_text


_PAGE = 500

_TABLES = {
    "aside": """
        CREATE TABLE aside (
            insurer TEXT NOT NULL,
            shipment TEXT NOT NULL,
            at TEXT NOT NULL,
            path TEXT NOT NULL,
            manifest_sha256 TEXT NOT NULL,
            failure TEXT NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (insurer, shipment, at, path)
        ) WITHOUT ROWID
        """,
    "told": """
        CREATE TABLE told (
            insurer TEXT NOT NULL,
            shipment TEXT NOT NULL,
            seq INTEGER NOT NULL,
            account TEXT NOT NULL,
            word TEXT NOT NULL,
            at TEXT NOT NULL,
            run TEXT NOT NULL,
            kind TEXT,
            detail TEXT,
            PRIMARY KEY (insurer, shipment, seq)
        ) WITHOUT ROWID
        """,
}


@dataclass(frozen=True, slots=True)
class SetAside:
    """
    One directory of the quarantine: since when, where (relative to the root), its manifest's digest, and why.
    """

    at: datetime
    path: str
    manifest_sha256: str
    failure: Failure
    reason: str


class Staging:
    """
    What the audit log tells and what lies in the quarantine, in tables of a draft's own; a million shipments' words
    would not fit into memory.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        for statement in _TABLES.values():
            batches.connection.execute(statement)

    def drop(self) -> None:
        """
        Remove the tables: no whole catalogue has them.
        """
        for table in _TABLES:
            self._batches.connection.execute(f"DROP TABLE {table}")

    def note(self, told: Told) -> None:
        """
        Stage one word of the audit log.
        """
        self._batches.connection.execute(
            "INSERT INTO told (insurer, shipment, seq, account, word, at, run, kind, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(told.insurer, told.shipment, told.seq, told.account, told.word),
                *(time_text(told.at), told.run, told.kind, told.detail),
            ),
        )
        self._batches.wrote()

    def note_aside(self, insurer: str, shipment: str, aside: SetAside) -> None:
        """
        Stage one directory of the quarantine.
        """
        self._batches.connection.execute(
            "INSERT INTO aside (insurer, shipment, at, path, manifest_sha256, failure, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(insurer, shipment, time_text(aside.at), aside.path),
                *(aside.manifest_sha256, aside.failure, aside.reason),
            ),
        )
        self._batches.wrote()

    def told_of(self, insurer: str, shipment: str) -> list[Told]:
        """
        Return the words staged about a shipment, in the log's order.
        """
        rows = self._batches.connection.execute(
            "SELECT account, seq, word, at, run, kind, detail FROM told"
            " WHERE insurer = ? AND shipment = ? ORDER BY seq",
            (insurer, shipment),
        )
        return [
            Told(
                insurer=insurer,
                account=row["account"],
                shipment=shipment,
                seq=row["seq"],
                word=Word(row["word"]),
                at=datetime.fromisoformat(row["at"]),
                run=row["run"],
                kind=Kind(row["kind"]) if row["kind"] else None,
                detail=row["detail"],
            )
            for row in rows
        ]

    def set_aside_of(self, insurer: str, shipment: str) -> list[SetAside]:
        """
        Return the quarantine's directories staged about a shipment, oldest first.
        """
        rows = self._batches.connection.execute(
            "SELECT at, path, manifest_sha256, failure, reason FROM aside"
            " WHERE insurer = ? AND shipment = ? ORDER BY at, path",
            (insurer, shipment),
        )
        return [
            SetAside(
                at=datetime.fromisoformat(row["at"]),
                path=row["path"],
                manifest_sha256=row["manifest_sha256"],
                failure=Failure(row["failure"]),
                reason=row["reason"],
            )
            for row in rows
        ]

    def not_entered(self) -> Iterator[tuple[str, str]]:
        """
        Yield insurer and id of what is staged and not entered, by name; the caller may enter them meanwhile.
        """
        for table in _TABLES:
            query = f"""
                SELECT DISTINCT insurer, shipment FROM {table}
                WHERE (insurer, shipment) > (?, ?) AND NOT EXISTS (
                    SELECT 1 FROM shipments
                    WHERE shipments.insurer = {table}.insurer AND shipments.id = {table}.shipment
                )
                ORDER BY insurer, shipment LIMIT {_PAGE}
                """  # noqa: S608 - our own tables
            last = ("", "")
            while page := self._batches.connection.execute(query, last).fetchall():
                for row in page:
                    yield row["insurer"], row["shipment"]
                last = tuple(page[-1])

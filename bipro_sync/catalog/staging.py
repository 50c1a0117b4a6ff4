"""What is known of shipments before they are entered into a draft: in tables of its own, dropped in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select, tuple_

from ..model.kinds import Kind
from ..model.states import Failure
from ..model.told import Told, Word
from . import schema
from .batches import Batches
from .entries import time_text


_PAGE = 500

_staging = MetaData()

_told = Table(
    "told",
    _staging,
    Column("insurer", Text, primary_key=True),
    Column("shipment", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("kind", Text),
    Column("detail", Text),
    sqlite_with_rowid=False,
)

_aside = Table(
    "aside",
    _staging,
    Column("insurer", Text, primary_key=True),
    Column("shipment", Text, primary_key=True),
    Column("at", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("manifest_sha256", Text, nullable=False),
    Column("failure", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)


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
        _staging.create_all(batches.connection)

    def drop(self) -> None:
        """
        Remove the tables: no whole catalogue has them.
        """
        _staging.drop_all(self._batches.connection)

    def note(self, told: Told) -> None:
        """
        Stage one word of the audit log.
        """
        self._batches.connection.exec_driver_sql(
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
        values = asdict(aside) | {"insurer": insurer, "shipment": shipment, "at": time_text(aside.at)}
        self._batches.connection.execute(insert(_aside).values(values))
        self._batches.wrote()

    def told_of(self, insurer: str, shipment: str) -> list[Told]:
        """
        Return the words staged about a shipment, in the log's order.
        """
        rows = self._batches.connection.exec_driver_sql(
            "SELECT account, seq, word, at, run, kind, detail FROM told"
            " WHERE insurer = ? AND shipment = ? ORDER BY seq",
            (insurer, shipment),
        )
        return [
            Told(
                insurer=insurer,
                account=row.account,
                shipment=shipment,
                seq=row.seq,
                word=Word(row.word),
                at=datetime.fromisoformat(row.at),
                run=row.run,
                kind=Kind(row.kind) if row.kind else None,
                detail=row.detail,
            )
            for row in rows
        ]

    def set_aside_of(self, insurer: str, shipment: str) -> list[SetAside]:
        """
        Return the quarantine's directories staged about a shipment, oldest first.
        """
        rows = self._batches.connection.exec_driver_sql(
            "SELECT at, path, manifest_sha256, failure, reason FROM aside"
            " WHERE insurer = ? AND shipment = ? ORDER BY at, path",
            (insurer, shipment),
        )
        return [
            SetAside(
                at=datetime.fromisoformat(row.at),
                path=row.path,
                manifest_sha256=row.manifest_sha256,
                failure=Failure(row.failure),
                reason=row.reason,
            )
            for row in rows
        ]

    def not_entered(self) -> Iterator[tuple[str, str]]:
        """
        Yield insurer and id of what is staged and not entered, by name; the caller may enter them meanwhile.
        """
        for table in (_aside, _told):
            key = (table.c.insurer, table.c.shipment)
            known = select(schema.shipments.c.number).where(
                schema.shipments.c.insurer == table.c.insurer, schema.shipments.c.id == table.c.shipment
            )
            last = ("", "")
            while page := self._batches.connection.execute(
                select(*key).distinct().where(tuple_(*key) > last, ~known.exists()).order_by(*key).limit(_PAGE)
            ).all():
                for row in page:
                    yield row.insurer, row.shipment
                last = (page[-1].insurer, page[-1].shipment)

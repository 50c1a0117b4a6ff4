"""Reading the catalogue for people and programs; it changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, select, text

from ..model.kinds import Kind
from ..model.states import Failure, ShipmentState
from . import schema
from .database import Catalogue
from .entries import Entry, FileEntry, HistoryEntry, InsurerSummary, time_text, time_value


class Queries:
    """
    The questions the commands ask.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def shipments(
        self,
        *,
        insurers: Collection[str] = (),
        states: Collection[ShipmentState] = (),
        kinds: Collection[Kind] = (),
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """
        Return shipments, newest listing first; an empty collection means all.
        """
        table = schema.shipments
        query = select(table).order_by(table.c.number.desc()).limit(limit)
        query = _narrowed(query, insurers, kinds)
        if states:
            query = query.where(table.c.state.in_(states))
        if since:
            query = query.where(table.c.first_listed_at >= time_text(since))
        return self._entries(query)

    def find(self, shipment_id: str, insurer: str | None = None) -> list[Entry]:
        """
        Return the shipments with this id, of one insurer or of all.
        """
        query = select(schema.shipments).where(schema.shipments.c.id == shipment_id)
        if insurer:
            query = query.where(schema.shipments.c.insurer == insurer)
        return self._entries(query)

    def documents(
        self, *, insurers: Collection[str] = (), kinds: Collection[Kind] = (), words: str = "", limit: int | None = None
    ) -> list[Entry]:
        """
        Return stored shipments whose contents may be shown, newest storage first; with *words*, those in which
        each word occurs.

        Words are compared without case and accents, and match from their beginning: `Mül` finds `Müller` and
        `Muller`.
        """
        table = schema.shipments
        query = (
            select(table)
            .where(table.c.stored_at.is_not(None), table.c.shown)
            .order_by(table.c.stored_at.desc())
            .limit(limit)
        )
        query = _narrowed(query, insurers, kinds)
        terms = words.split()
        if terms:
            match = " ".join('"{}"*'.format(term.replace('"', '""')) for term in terms)
            hits = text("SELECT rowid FROM words WHERE words MATCH :match").bindparams(match=match)
            query = query.where(table.c.number.in_(hits.columns(table.c.number)))
        return self._entries(query)

    def files(self, entries: Sequence[Entry]) -> dict[int, list[FileEntry]]:
        """
        Return the files of these shipments, by shipment number.
        """
        table = schema.files
        found: dict[int, list[FileEntry]] = defaultdict(list)
        with self._catalogue.read() as connection:
            for entry in entries:
                query = select(table).where(table.c.number == entry.number).order_by(table.c.position)
                found[entry.number] = [_file(row) for row in connection.execute(query).mappings()]
        return found

    def history(self, entry: Entry) -> list[HistoryEntry]:
        """
        Return every change of state of a shipment, oldest first.
        """
        table = schema.history
        query = select(table).where(table.c.number == entry.number).order_by(table.c.step)
        with self._catalogue.read() as connection:
            return [
                HistoryEntry(
                    at=time_value(row["at"]),
                    run=row["run"],
                    old=ShipmentState(row["old"]) if row["old"] else None,
                    new=ShipmentState(row["new"]),
                    reason=row["reason"],
                )
                for row in connection.execute(query).mappings()
            ]

    def failures(self, entry: Entry, failure: Failure) -> int:
        """
        Return how often this shipment failed for this reason.
        """
        table = schema.history
        query = (
            select(func.count())
            .select_from(table)
            .where(table.c.number == entry.number, table.c.new == ShipmentState.FAILED)
            .where(table.c.reason.startswith(f"{failure}:", autoescape=True))
        )
        with self._catalogue.read() as connection:
            return connection.execute(query).scalar_one()

    def ending(self, insurers: Collection[str], before: date) -> list[Entry]:
        """
        Return what is unfetched, failed or held at these insurers and available for the last time before this day, the
        most urgent first; its cost does not grow with the archive.
        """
        table = schema.shipments
        query = (
            select(table)
            .where(schema.IS_WAITING, table.c.insurer.in_(insurers), table.c.available_until < before.isoformat())
            .order_by(table.c.available_until, table.c.number)
        )
        return self._entries(query)

    def vanished(self, insurer: str, reason: str) -> int:
        """
        Return how many shipments of this insurer have vanished for this reason, and have not come back.
        """
        table = schema.shipments
        query = select(func.count()).where(schema.IS_VANISHED, table.c.insurer == insurer, table.c.reason == reason)
        with self._catalogue.read() as connection:
            return connection.execute(query).scalar_one()

    def last_stored(self, insurer: str, *, kind: Kind | None, prefix: str) -> datetime | None:
        """
        Return when a shipment of this kind (None: any) and category prefix was last stored.
        """
        table = schema.shipments
        query = select(func.max(table.c.stored_at)).where(table.c.insurer == insurer)
        if kind:
            query = query.where(table.c.kind == kind)
        if prefix:
            query = query.where(table.c.category.startswith(prefix, autoescape=True))
        with self._catalogue.read() as connection:
            return time_value(connection.execute(query).scalar())

    def summaries(self) -> list[InsurerSummary]:
        """
        Return what is known of each insurer that was ever tried, by name; its cost does not grow with the archive.
        """
        with self._catalogue.read() as connection:
            rows = connection.execute(select(schema.insurers).order_by(schema.insurers.c.insurer)).mappings().all()
            states: dict[str, dict[ShipmentState, int]] = defaultdict(dict)
            for row in connection.execute(select(schema.counts).where(schema.counts.c.shipments > 0)).mappings():
                states[row["insurer"]][ShipmentState(row["state"])] = row["shipments"]
            kinds: dict[str, dict[Kind, tuple[datetime | None, int]]] = defaultdict(dict)
            for row in connection.execute(select(schema.deliveries)).mappings():
                kinds[row["insurer"]][Kind(row["kind"])] = (time_value(row["last_stored_at"]), row["shipments"])
        return [
            InsurerSummary(
                insurer=row["insurer"],
                last_attempt_at=time_value(row["last_attempt_at"]),
                last_success_at=time_value(row["last_success_at"]),
                last_outcome=row["last_outcome"],
                last_error=row["last_error"],
                listed=row["listed"],
                states=states[row["insurer"]],
                deliveries=kinds[row["insurer"]],
            )
            for row in rows
        ]

    def manifests(self) -> dict[str, str]:
        """
        Return the SHA-256 of every manifest the catalogue knows, by path.
        """
        table = schema.shipments
        query = select(table.c.path, table.c.manifest_sha256).where(table.c.manifest_sha256.is_not(None))
        with self._catalogue.read() as connection:
            return {row.path: row.manifest_sha256 for row in connection.execute(query)}

    def paths(self) -> set[str]:
        """
        Return every path a shipment has, or will have once a fetch that is under way is through.
        """
        query = select(schema.shipments.c.path).where(schema.shipments.c.path.is_not(None))
        with self._catalogue.read() as connection:
            return set(connection.execute(query).scalars())

    def _entries(self, query: Select[Any]) -> list[Entry]:
        with self._catalogue.read() as connection:
            return [Entry.of(row) for row in connection.execute(query).mappings()]


def _narrowed(query: Select[Any], insurers: Collection[str], kinds: Collection[Kind]) -> Select[Any]:
    if insurers:
        query = query.where(schema.shipments.c.insurer.in_(insurers))
    if kinds:
        query = query.where(schema.shipments.c.kind.in_(kinds))
    return query


def _file(row: RowMapping) -> FileEntry:
    return FileEntry(
        position=row["position"],
        stored=row["stored"],
        name=row["name"],
        sha256=row["sha256"],
        size=row["size"],
        media_type=row["media_type"],
        kind=Kind(row["kind"]),
    )

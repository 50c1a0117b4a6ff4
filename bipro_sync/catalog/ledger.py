"""Changing where a shipment stands: each change names the expected old state, and is durable when it returns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Connection

from ..errors import BiproSyncError
from ..model.kinds import Kind
from ..model.shipment import ListedShipment, listed_as
from ..model.states import TO_FETCH, TRANSITIONS, ShipmentState
from . import schema
from .database import Catalogue
from .entries import LIST_FORGOTTEN, Entry, FileEntry, time_text


_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows:
    """
    What the catalogue keeps of a stored shipment: its manifest's digest, category and kind as delivered, its
    files, and the words it is found by.

    What must not be *shown* has neither files nor words here.
    """

    shown: bool
    listed_as: str
    category: str | None
    kind: Kind

    manifest_sha256: str
    files: Sequence[FileEntry]
    words: Sequence[str]


class Ledger:
    """
    The changes one run makes; *run* is noted with each.
    """

    def __init__(self, catalogue: Catalogue, *, run: str) -> None:
        self._catalogue = catalogue
        self._run = run

    def entries(self, insurer: str, ids: Collection[str]) -> dict[str, Entry]:
        """
        Return where these shipments stand; ids never listed before are left out.
        """
        with self._catalogue.read() as connection:
            return {entry.id: entry for entry in _entries(connection, insurer, ids)}

    def open_entries(self, insurer: str) -> list[Entry]:
        """
        Return the shipments that are not yet through, without looking at the others.
        """
        query = select(schema.shipments).where(schema.shipments.c.insurer == insurer, schema.IS_OPEN)
        with self._catalogue.read() as connection:
            return [Entry.of(row) for row in connection.execute(query).mappings()]

    def note_listed(
        self, insurer: str, account: str, listed: Mapping[str, tuple[ListedShipment, Kind]], now: datetime
    ) -> None:
        """
        Enter the shipments seen for the first time as `listed`; a shipment that was missed is no longer missed.
        """
        with self._catalogue.write() as connection:
            known = {entry.id: entry for entry in _entries(connection, insurer, listed)}
            for shipment_id, (shipment, kind) in listed.items():
                entry = known.get(shipment_id)
                if entry is None:
                    self._enter(connection, insurer=insurer, account=account, shipment=shipment, kind=kind, now=now)
                elif entry.listed_as == LIST_FORGOTTEN:
                    said = _said_of(shipment, kind)
                    connection.execute(update(schema.shipments).where(_is(entry)).values(misses=0, **said))
                elif entry.misses:
                    connection.execute(update(schema.shipments).where(_is(entry)).values(misses=0))

    def _enter(
        self, connection: Connection, *, insurer: str, account: str, shipment: ListedShipment, kind: Kind, now: datetime
    ) -> None:
        added = (
            insert(schema.shipments)
            .values(
                insurer=insurer,
                id=shipment.id,
                account=account,
                state=ShipmentState.LISTED,
                first_listed_at=time_text(now),
                **_said_of(shipment, kind),
            )
            .returning(schema.shipments.c.number)
        )
        number = connection.execute(added).scalar_one()
        self._remember(connection, insurer=insurer, number=number, old=None, new=ShipmentState.LISTED, now=now)

    def note_missing(self, insurer: str, listed: Collection[str], category: str = "") -> list[Entry]:
        """
        Count the shipments that should still lie at the insurer and were not in a complete list.

        *category* is what the categories begin with that the list was asked for: of others it says nothing.  Returns
        those missed for the second time: they have vanished, and the caller moves them.
        """
        missing = [
            entry
            for entry in self.open_entries(insurer)
            if entry.state in TO_FETCH and entry.id not in listed and (entry.category or "").startswith(category)
        ]
        with self._catalogue.write() as connection:
            for entry in missing:
                if not entry.misses:
                    connection.execute(update(schema.shipments).where(_is(entry)).values(misses=1))
        return [entry for entry in missing if entry.misses]

    def note_listed_as(self, entry: Entry, listed: ListedShipment) -> None:
        """
        Note that the insurer lists a stored shipment under another category or time, and that it is the same.
        """
        change = update(schema.shipments).where(_is(entry)).values(listed_as=listed_as(listed.fields))
        with self._catalogue.write() as connection:
            connection.execute(change)

    def move(
        self,
        entry: Entry,
        new: ShipmentState,
        now: datetime,
        *,
        reason: str | None = None,
        path: PurePosixPath | None = None,
        attempts: int | None = None,
        next_attempt_at: datetime | None = None,
        stored: StoredRows | None = None,
    ) -> Entry:
        """
        Move a shipment from the state in *entry* to *new*; durable when it returns, with the new entry.

        Raises :class:`~bipro_sync.errors.BiproSyncError` where the table of transitions does not know the move,
        or somebody else has moved the shipment meanwhile: both are bugs, and nothing is changed.
        """
        if new not in TRANSITIONS[entry.state]:
            raise BiproSyncError(f"Shipment {entry.id} of {entry.insurer} cannot go from {entry.state} to {new}.")
        changes: dict[str, object] = {"state": new, "reason": reason, "next_attempt_at": time_text(next_attempt_at)}
        if path is not None:
            changes["path"] = str(path)
        if attempts is not None:
            changes["attempts"] = attempts
        if stored is not None:
            changes |= {
                "manifest_sha256": stored.manifest_sha256,
                "shown": stored.shown,
                "listed_as": stored.listed_as,
                "category": stored.category,
                "kind": stored.kind,
                "stored_at": time_text(now),
            }
        if new is ShipmentState.ACKNOWLEDGED:
            changes["acknowledged_at"] = time_text(now)
        with self._catalogue.write() as connection:
            swapped = connection.execute(
                update(schema.shipments).where(_is(entry), schema.shipments.c.state == entry.state).values(changes)
            )
            if swapped.rowcount != 1:
                raise BiproSyncError(f"Shipment {entry.id} of {entry.insurer} is no longer {entry.state}.")
            if stored is not None:
                _write_rows(connection, entry, stored, now)
            self._remember(
                connection,
                insurer=entry.insurer,
                number=entry.number,
                old=entry.state,
                new=new,
                now=now,
                reason=reason,
            )
            row = connection.execute(select(schema.shipments).where(_is(entry))).mappings().one()
        return Entry.of(row)

    def _remember(
        self,
        connection: Connection,
        *,
        insurer: str,
        number: int,
        old: ShipmentState | None,
        new: ShipmentState,
        now: datetime,
        reason: str | None = None,
    ) -> None:
        connection.execute(
            insert(schema.history).values(
                number=number, at=time_text(now), run=self._run, old=old, new=new, reason=reason
            )
        )
        for state, step in ((old, -1), (new, 1)):
            if state is not None:
                added = upsert(schema.counts).values(insurer=insurer, state=state, shipments=step)
                connection.execute(
                    added.on_conflict_do_update(
                        index_elements=["insurer", "state"], set_={"shipments": schema.counts.c.shipments + step}
                    )
                )

    def note_attempt(self, insurer: str, now: datetime) -> None:
        """
        Note that a run has begun; what is left of it where the process dies is `running`.
        """
        self._note_insurer(insurer, {"last_attempt_at": time_text(now), "last_outcome": "running", "last_error": None})

    def note_run(
        self, insurer: str, now: datetime, *, outcome: str, error: str | None, listed: int | None, success: bool
    ) -> None:
        """
        Note how a run ended: the attempt always, the success only where the mailbox was positively listed.
        """
        values: dict[str, object] = {"last_attempt_at": time_text(now), "last_outcome": outcome, "last_error": error}
        if success:
            values |= {"last_success_at": time_text(now), "listed": listed}
        self._note_insurer(insurer, values)

    def _note_insurer(self, insurer: str, values: dict[str, object]) -> None:
        added = upsert(schema.insurers).values(insurer=insurer, **values)
        with self._catalogue.write() as connection:
            connection.execute(added.on_conflict_do_update(index_elements=["insurer"], set_=values))


def _entries(connection: Connection, insurer: str, ids: Collection[str]) -> Iterator[Entry]:
    wanted = list(ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        query = select(schema.shipments).where(
            schema.shipments.c.insurer == insurer, schema.shipments.c.id.in_(wanted[start : start + _IDS_AT_ONCE])
        )
        yield from map(Entry.of, connection.execute(query).mappings())


def _is(entry: Entry) -> ColumnElement[bool]:
    return schema.shipments.c.number == entry.number


def _said_of(shipment: ListedShipment, kind: Kind) -> dict[str, object]:
    return {
        "category": shipment.category,
        "kind": kind,
        "line": shipment.line,
        "data_only": shipment.data_only,
        "posted_at": time_text(shipment.posted_at),
        "available_until": _date_text(shipment.available_until),
        "listed_as": listed_as(shipment.fields),
    }


def _date_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _write_rows(connection: Connection, entry: Entry, stored: StoredRows, now: datetime) -> None:
    files = schema.files
    connection.execute(files.delete().where(files.c.number == entry.number))
    if stored.files:
        connection.execute(insert(files), [{"number": entry.number, **asdict(file)} for file in stored.files])
    connection.exec_driver_sql("DELETE FROM words WHERE rowid = ?", (entry.number,))
    said = "\n".join((entry.id, *stored.words))
    connection.exec_driver_sql("INSERT INTO words (rowid, said) VALUES (?, ?)", (entry.number, said))
    moment = time_text(now)
    added = upsert(schema.deliveries).values(
        insurer=entry.insurer, kind=stored.kind, last_stored_at=moment, shipments=1
    )
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["insurer", "kind"],
            set_={"last_stored_at": moment, "shipments": schema.deliveries.c.shipments + 1},
        )
    )

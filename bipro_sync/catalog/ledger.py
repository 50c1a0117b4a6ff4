"""Changing where a shipment stands: each change names the expected old state, and is durable when it returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import PurePosixPath

from ..errors import BiproSyncError
from ..model.kinds import Kind
from ..model.shipment import ListedShipment, listed_as
from ..model.states import FOUND_AGAIN, TRANSITIONS, ShipmentState
from . import schema
from .database import Catalogue, Driver
from .entries import LIST_FORGOTTEN, RUNNING, Entry, column_value, time_text
from .sql import insertion
from .statements import StoredRows, alter, describe, enter, enter_contents, forget, known, remember, swap


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
            return {shipment_id: Entry.of(row) for shipment_id, row in known(connection, insurer, ids).items()}

    def open_entries(self, insurer: str) -> list[Entry]:
        """
        Return the shipments that are not yet through, without looking at the others.
        """
        return self._entries(insurer, schema.IS_OPEN)

    def note_listed(
        self, insurer: str, account: str, listed: Mapping[str, tuple[ListedShipment, Kind]], now: datetime
    ) -> None:
        """
        Enter the shipments seen for the first time as `listed`; a shipment that was missed is no longer missed.
        """
        moment = time_text(now)

        def note(driver: Driver) -> None:
            before = known(driver, insurer, listed)
            for shipment_id, (shipment, kind) in listed.items():
                row = before.get(shipment_id)
                if row is None:
                    first = {"insurer": insurer, "account": account, "first_listed_at": moment, **_NEW}
                    added = enter(driver, first | _said_of(shipment, kind))
                    remember(driver, self._run, Entry.of(added), old=None, moment=moment)
                elif row["listed_as"] == LIST_FORGOTTEN:
                    alter(driver, row, {"misses": 0} | _said_of(shipment, kind))
                elif row["misses"]:
                    alter(driver, row, {"misses": 0})

        self._catalogue.change(note, durable=True)

    def note_missing(
        self, insurer: str, listed: Collection[str], category: str = "", *, today: date = date.min
    ) -> list[Entry]:
        """
        Count the shipments that should still lie at the insurer and were not in a complete list.

        *category* is what the categories begin with that the list was asked for: of others it says nothing.  Returns
        those missed for the second time, or after their last day, by *today*: they have vanished, and the caller moves
        them.
        """
        missing = [
            entry
            for entry in self._entries(insurer, schema.IS_WAITING)
            if entry.is_unfetched and entry.id not in listed and (entry.category or "").startswith(category)
        ]
        with self._catalogue.write() as connection:
            for entry in missing:
                if not entry.misses:
                    connection.execute("UPDATE shipments SET misses = 1 WHERE number = ?", (entry.number,))
        return [entry for entry in missing if entry.misses or entry.is_over(today)]

    def _entries(self, insurer: str, condition: str) -> list[Entry]:
        query = f"SELECT * FROM shipments WHERE insurer = ? AND {condition}"  # noqa: S608 - one of the schema's
        with self._catalogue.read() as connection:
            return [Entry.of(row) for row in connection.execute(query, (insurer,))]

    def note_listed_as(self, entry: Entry, listed: ListedShipment | None) -> None:
        """
        Note that the insurer lists a stored shipment under another category or time, and that it is the same; None
        says that nothing it lists is known to be the same.
        """
        seen = listed_as(listed.fields) if listed else ""
        with self._catalogue.write() as connection:
            connection.execute("UPDATE shipments SET listed_as = ? WHERE number = ?", (seen, entry.number))

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
        Move a shipment from the state in *entry* to *new*, and return the new entry.  Back to `listed` the row
        forgets what was stored.

        It is durable when it returns, save for the moves :data:`~bipro_sync.model.states.FOUND_AGAIN`: a power cut may
        take those back until the next durable move, the death of the process never does.

        Raises :class:`~bipro_sync.errors.BiproSyncError` where the table of transitions does not know the move,
        or somebody else has moved the shipment meanwhile: both are bugs, and nothing is changed.
        """
        if new not in TRANSITIONS[entry.state]:
            raise BiproSyncError(f"Shipment {entry.id} of {entry.insurer} cannot go from {entry.state} to {new}.")
        changes: dict[str, object] = {"state": new, "reason": reason, "next_attempt_at": next_attempt_at}
        if path is not None:
            changes["path"] = path
        if attempts is not None:
            changes["attempts"] = attempts
        if stored is not None:
            changes |= {
                "manifest_sha256": stored.manifest_sha256,
                "shown": stored.shown,
                "listed_as": stored.listed_as,
                "category": stored.category,
                "kind": stored.kind,
                "stored_at": now,
            }
        if new is ShipmentState.ACKNOWLEDGED:
            changes["acknowledged_at"] = now
        # What is listed lies at the insurer only; what the quarantine keeps of it is no longer this row's.
        if new is ShipmentState.LISTED and entry.stored_at is not None:
            changes |= {"path": None, "manifest_sha256": None, "stored_at": None, "shown": True}
        return self._catalogue.change(
            lambda driver: self._carry_out(driver, entry, changes, now, stored),
            durable=(entry.state, new) not in FOUND_AGAIN,
        )

    def _carry_out(
        self,
        driver: Driver,
        before: Entry,
        changes: Mapping[str, object],
        now: datetime,
        stored: StoredRows | None,
    ) -> Entry:
        if not swap(driver, before, changes):
            raise BiproSyncError(f"Shipment {before.id} of {before.insurer} is no longer {before.state}.")
        after = before.with_changes(changes)
        if stored is not None:
            describe(driver, after, stored)
        elif before.stored_at is not None and after.stored_at is None:
            forget(driver, after)
        remember(driver, self._run, after, old=before.state, moment=time_text(now))
        return after

    def note_imported(self, entry: Entry, stored: StoredRows) -> Entry:
        """
        Enter a shipment that was archived by hand, and return it with its number; durable when it returns.
        """
        return self._catalogue.change(lambda driver: self._enter_imported(driver, entry, stored), durable=True)

    def _enter_imported(self, driver: Driver, entry: Entry, stored: StoredRows) -> Entry:
        values = {name: column_value(getattr(entry, name)) for name in Entry.__struct_fields__ if name != "number"}
        entered = Entry.of(enter(driver, values))
        enter_contents(driver, entered, stored)
        remember(driver, self._run, entered, old=None, moment=time_text(entered.stored_at))
        return entered

    def note_attempt(self, insurer: str, now: datetime) -> None:
        """
        Note that a run has begun; where the process dies, that is what is left of it.
        """
        self._note_insurer(insurer, {"last_attempt_at": time_text(now), "last_outcome": RUNNING, "last_error": None})

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
        row = {"insurer": insurer, **values}
        changes = ", ".join(f"{column} = excluded.{column}" for column in values)
        statement = f"{insertion('insurers', row)} ON CONFLICT (insurer) DO UPDATE SET {changes}"
        with self._catalogue.write() as connection:
            connection.execute(statement, tuple(row.values()))


_NEW: Mapping[str, object] = {"state": ShipmentState.LISTED, "misses": 0, "attempts": 0, "shown": True}
"""What a shipment is when it is listed for the first time."""


def _said_of(shipment: ListedShipment, kind: Kind) -> dict[str, object]:
    """
    Return the columns that come from the insurer's list.
    """
    until = shipment.available_until
    return {
        "id": shipment.id,
        "category": shipment.category,
        "kind": kind,
        "line": shipment.line,
        "data_only": shipment.data_only,
        "posted_at": time_text(shipment.posted_at),
        "available_until": until.isoformat() if until else None,
        "listed_as": listed_as(shipment.fields),
    }

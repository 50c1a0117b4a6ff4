"""Reading the catalogue for people and programs; it changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ..model.kinds import Kind
from ..model.marks import Verdict
from ..model.states import Failure, ShipmentState
from . import schema
from .database import Catalogue
from .entries import Entry, FileEntry, HistoryEntry, InsurerSummary, time_text, time_value
from .gdv_queries import GdvQueries
from .marks import Marks, TargetState
from .sql import Condition, matching
from .texts import HistoryPlace


_ALL = -1
"""SQLite's word for no limit."""


class Queries:
    """
    The questions the commands ask.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @property
    def gdv(self) -> GdvQueries:
        """
        The questions about what GDV files told.
        """
        return GdvQueries(self._catalogue)

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
        which = Condition()
        if insurers:
            which.one_of("insurer", insurers)
        if kinds:
            which.one_of("kind", kinds)
        if states:
            which.one_of("state", states)
        if since:
            which.demand("first_listed_at >= ?", time_text(since))
        return self._entries(which, "number DESC", limit)

    def find(self, shipment_id: str, insurer: str | None = None) -> list[Entry]:
        """
        Return the shipments with this id, of one insurer or of all.
        """
        which = Condition()
        which.demand("id = ?", shipment_id)
        if insurer:
            which.demand("insurer = ?", insurer)
        return self._entries(which, "number")

    def documents(
        self,
        *,
        insurers: Collection[str] = (),
        kinds: Collection[Kind] = (),
        ids: Collection[str] = (),
        since: datetime | None = None,
        words: str = "",
        limit: int | None = None,
    ) -> list[Entry]:
        """
        Return stored shipments whose contents may be shown, newest storage first; with *words*, those in which
        each word occurs, newest listing first; with *since* those stored then or later, with *ids* those with one of
        them.

        Words are compared without case and accents, and match from their beginning: `Mül` finds `Müller` and
        `Muller`.
        """
        which = Condition()
        match = matching(words)
        if match:
            which.demand("words MATCH ?", match)
        which.demand("stored_at IS NOT NULL AND shown")
        if insurers:
            which.one_of("insurer", insurers)
        if kinds:
            which.one_of("kind", kinds)
        if ids:
            which.one_of("id", ids)
        if since:
            which.demand("stored_at >= ?", time_text(since))
        if not match:
            return self._entries(which, "stored_at DESC", limit)
        # The index gives its matches in this order, one by one, so that a common word costs no more than what is shown.
        return self._entries(which, "words.rowid DESC", limit, of="words CROSS JOIN shipments ON number = words.rowid")

    def stored_with(self, insurer: str, sha256: str) -> Entry | None:
        """
        Return a shipment of this insurer that is stored, and not in the quarantine, with a file of these bytes.
        """
        which = Condition()
        which.demand("insurer = ? AND path LIKE 'shipments/%'", insurer)
        which.demand("number IN (SELECT number FROM files WHERE sha256 = ?)", sha256)
        return next(iter(self._entries(which, "number", 1)), None)

    def files(self, entries: Sequence[Entry]) -> dict[int, list[FileEntry]]:
        """
        Return the files of these shipments, by shipment number.
        """
        query = "SELECT * FROM files WHERE number = ? ORDER BY position"
        found: dict[int, list[FileEntry]] = defaultdict(list)
        with self._catalogue.read() as connection:
            for entry in entries:
                found[entry.number] = [_file(row) for row in connection.execute(query, (entry.number,))]
        return found

    def history(self, entry: Entry) -> list[HistoryEntry]:
        """
        Return every change of state of a shipment, oldest first.
        """
        query = "SELECT * FROM history WHERE number = ? ORDER BY step"
        with self._catalogue.read() as connection:
            return [
                HistoryEntry(
                    at=time_value(row["at"]),
                    run=row["run"],
                    old=ShipmentState(row["old"]) if row["old"] else None,
                    new=ShipmentState(row["new"]),
                    reason=row["reason"],
                )
                for row in connection.execute(query, (entry.number,))
            ]

    def failures(self, entry: Entry, failure: Failure) -> int:
        """
        Return how often this shipment failed for this reason.
        """
        query = "SELECT count(*) FROM history WHERE number = ? AND new = ? AND instr(reason, ?) = 1"
        number: int = self._value(query, entry.number, ShipmentState.FAILED, f"{failure}:")
        return number

    def open_ids(self, limit: int) -> list[tuple[str, str]]:
        """
        Return insurer and id of what is not through, the newest first; its cost does not grow with the archive.
        """
        query = f"SELECT insurer, id FROM shipments WHERE {schema.IS_OPEN} ORDER BY number DESC LIMIT ?"  # noqa: S608
        with self._catalogue.read() as connection:
            return [(row["insurer"], row["id"]) for row in connection.execute(query, (limit,))]

    def ending(self, insurers: Collection[str], before: date) -> list[Entry]:
        """
        Return what is unfetched, failed or held at these insurers and available for the last time before this day, the
        most urgent first; its cost does not grow with the archive.
        """
        which = Condition()
        which.demand(schema.IS_WAITING)
        which.one_of("insurer", insurers)
        which.demand("available_until < ?", before.isoformat())
        return self._entries(which, "available_until, number")

    def quarantined_since(self) -> dict[str, datetime]:
        """
        Return when the oldest was stored of what is in quarantine, by insurer; who has nothing there is left out.
        """
        query = f"SELECT insurer, min(stored_at) FROM shipments WHERE {schema.IS_QUARANTINED} GROUP BY insurer"  # noqa: S608
        with self._catalogue.read() as connection:
            found = ((insurer, time_value(oldest)) for insurer, oldest in connection.execute(query).fetchall())
            return {insurer: oldest for insurer, oldest in found if oldest}

    def grown_since(self, since: datetime) -> tuple[int, datetime | None]:
        """
        Return how many bytes of files were stored since then, and when the first of them was; its cost grows with what
        came since.
        """
        query = (
            "SELECT coalesce(sum(files.size), 0), min(shipments.stored_at) FROM shipments JOIN files USING (number) "
            "WHERE insurer = ? AND shipments.kind = ? AND stored_at >= ?"
        )
        total, first = 0, []
        with self._catalogue.read() as connection:
            for insurer, kind in connection.execute("SELECT insurer, kind FROM deliveries").fetchall():
                grown, earliest = connection.execute(query, (insurer, kind, time_text(since))).fetchone()
                total += grown
                first += [earliest] if earliest else []
        return total, time_value(min(first, default=None))

    def vanished(self, insurer: str, reason: str) -> int:
        """
        Return how many shipments of this insurer have vanished for this reason, and have not come back.
        """
        query = f"SELECT count(*) FROM shipments WHERE {schema.IS_VANISHED} AND insurer = ? AND reason = ?"  # noqa: S608
        number: int = self._value(query, insurer, reason)
        return number

    def stored_after(self, step: int, *, media_type: str, limit: int) -> list[tuple[HistoryPlace, Entry]]:
        """
        Return what changed after this step of the history, is stored, may be shown and has a file of this type: each
        change with its place, oldest first.  The cost does not grow with what lies before.
        """
        query = """
            SELECT step, history.number, run, shipments.* FROM history CROSS JOIN shipments USING (number)
            WHERE step > ? AND stored_at IS NOT NULL AND shown AND EXISTS (
                SELECT 1 FROM files WHERE files.number = shipments.number AND media_type = ?
            ) ORDER BY step LIMIT ?
            """
        with self._catalogue.read() as connection:
            rows = connection.execute(query, (step, media_type, limit)).fetchall()
        return [
            (HistoryPlace(row["step"], row["number"], row["run"]), Entry.of(_without(row, "step", "run")))
            for row in rows
        ]

    def newest_place(self) -> HistoryPlace | None:
        """
        Return the last row of the history.
        """
        with self._catalogue.read() as connection:
            row = connection.execute("SELECT step, number, run FROM history ORDER BY step DESC LIMIT 1").fetchone()
        return HistoryPlace(*row) if row else None

    def has_place(self, place: HistoryPlace) -> bool:
        """
        Say whether the history still has this row: a catalogue that was made again, or put back, has another there.
        """
        query = "SELECT count(*) FROM history WHERE step = ? AND number = ? AND run = ?"
        return bool(self._value(query, place.step, place.number, place.run))

    def last_stored(self, insurer: str, *, kind: Kind | None, prefix: str) -> datetime | None:
        """
        Return when a shipment of this kind (None: any) and category prefix was last stored that the insurer delivered.
        """
        which = Condition()
        which.demand("state != ?", ShipmentState.IMPORTED)
        which.demand("insurer = ?", insurer)
        if kind:
            which.demand("kind = ?", kind)
        if prefix:
            which.demand("instr(category, ?) = 1", prefix)
        return time_value(self._value(f"SELECT max(stored_at) FROM shipments {which}", *which.values))  # noqa: S608

    def targets(self, names: Iterable[str]) -> dict[str, TargetState]:
        """
        Return how these targets of the hand-over stand; its cost does not grow with what they were handed.
        """
        marks = Marks(self._catalogue)
        return {name: marks.troubles(name) for name in names}

    def handed_to(self, insurer: str, shipment: str) -> tuple[str, ...]:
        """
        Return the targets that were ever handed this shipment, by name.
        """
        query = "SELECT target FROM handovers WHERE insurer = ? AND id = ? AND verdict = ? ORDER BY target"
        with self._catalogue.read() as connection:
            found = connection.execute(query, (insurer, shipment, Verdict.HANDED_OVER)).fetchall()
        return tuple(target for (target,) in found)

    def delivered(self, insurers: Collection[str], begin: datetime, end: datetime) -> list[tuple[str, Kind, datetime]]:
        """
        Return insurer, kind and time of storage of what these insurers delivered from *begin* until *end*.
        """
        which = Condition()
        which.one_of("insurer", insurers)
        which.one_of("kind", list(Kind))
        which.demand("stored_at >= ? AND stored_at < ?", time_text(begin), time_text(end))
        query = f"SELECT insurer, kind, stored_at FROM shipments {which}"  # noqa: S608 - no data
        with self._catalogue.read() as connection:
            rows = connection.execute(query, which.values).fetchall()
        return [(row["insurer"], Kind(row["kind"]), datetime.fromisoformat(row["stored_at"])) for row in rows]

    def summaries(self) -> list[InsurerSummary]:
        """
        Return what is known of each insurer that was ever tried, by name; its cost does not grow with the archive.
        """
        with self._catalogue.read() as connection:
            rows = connection.execute("SELECT * FROM insurers ORDER BY insurer").fetchall()
            states: dict[str, dict[ShipmentState, int]] = defaultdict(dict)
            for row in connection.execute("SELECT * FROM counts WHERE shipments > 0"):
                states[row["insurer"]][ShipmentState(row["state"])] = row["shipments"]
            kinds: dict[str, dict[Kind, tuple[datetime | None, int]]] = defaultdict(dict)
            for row in connection.execute("SELECT * FROM deliveries"):
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
        query = "SELECT path, manifest_sha256 FROM shipments WHERE manifest_sha256 IS NOT NULL"
        with self._catalogue.read() as connection:
            return dict(connection.execute(query).fetchall())

    def paths(self) -> set[str]:
        """
        Return every path a shipment has, or will have once a fetch that is under way is through.
        """
        with self._catalogue.read() as connection:
            return {path for (path,) in connection.execute("SELECT path FROM shipments WHERE path IS NOT NULL")}

    def _entries(self, which: Condition, order: str, limit: int | None = None, *, of: str = "shipments") -> list[Entry]:
        query = f"SELECT shipments.* FROM {of} {which} ORDER BY {order} LIMIT ?"  # noqa: S608 - values are bound
        values = (*which.values, _ALL if limit is None else limit)
        with self._catalogue.read() as connection:
            return [Entry.of(row) for row in connection.execute(query, values)]

    def _value(self, query: str, *values: object) -> Any:
        with self._catalogue.read() as connection:
            return connection.execute(query, values).fetchone()[0]


def _without(row: Mapping[str, Any], *columns: str) -> dict[str, Any]:
    return {name: value for name, value in dict(row).items() if name not in columns}


def _file(row: Mapping[str, Any]) -> FileEntry:
    return FileEntry(
        position=row["position"],
        stored=row["stored"],
        name=row["name"],
        sha256=row["sha256"],
        size=row["size"],
        media_type=row["media_type"],
        kind=Kind(row["kind"]),
    )

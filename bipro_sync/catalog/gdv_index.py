"""Entering what GDV files tell: a row for each new state, none for what is as it was; the archive stays the source.

Deliveries of an insurer are entered in the order in which it put them up.  One that comes late takes back all that is
later, which is entered again after it: so the rows are the same in whatever order, and however often, files came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from .database import Catalogue, Driver
from .gdv_entries import Content, Delivery, Foreign, Found, GdvRemark, ToIndex
from .sql import Condition, insertion


SEPARATOR = "\x1f"
"""What stands between the parts of a key."""

_ADD = insertion(
    "gdv_rows", ("row", "insurer", "kind", "key", "since", "digest", "policy", "line", "status", "records")
)
_ABSENT = """
    SELECT row, line FROM gdv_rows JOIN gdv_deliveries ON delivery = since
    WHERE gdv_rows.insurer = ? AND until IS NULL AND kind IN ('contract', 'partner')
    AND insurer_number = ? AND broker_number = ?
    """
"""What a whole portfolio of these numbers must have, or it is no more; claims and commission are not taken back."""


@dataclass(slots=True)
class Portfolio:
    """
    What the whole portfolios of one insurer number and broker number in a shipment have, all of them together.

    *seen* are the rows that are in them, *lines* the lines they have anything of, *delivery* is the last of them.
    """

    delivery: int
    insurer_number: str
    broker_number: str
    seen: set[int] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)


class GdvIndex:
    """
    The one writer of these tables; nobody else may enter anything at the same time.  What it returns from has been
    committed, and a power cut may take it away with all that came after it.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def to_do(self, insurers: Collection[str] = ()) -> ToIndex | None:
        """
        Return the shipment to look at next, of these insurers or of all, each insurer's oldest first.
        """
        which = Condition()
        if insurers:
            which.one_of("insurer", insurers)
        query = f"SELECT number, insurer, id, at, attempts FROM gdv_to_do {which} ORDER BY insurer, at, id LIMIT 1"  # noqa: S608
        with self._catalogue.read() as connection:
            row = connection.execute(query, which.values).fetchone()
        return ToIndex(*row) if row else None

    def begin(self, shipment: ToIndex) -> int:
        """
        Take back what was entered of this shipment and of all that its insurer put up after it; return how many
        shipments wait again because of that.  That it was begun is durable, lest its file kill one run after the other.
        """

        def begun(driver: Driver) -> int:
            driver.execute("UPDATE gdv_to_do SET attempts = attempts + 1 WHERE number = ?", (shipment.number,))
            return _take_back(driver, shipment)

        return self._catalogue.change(begun, durable=True)

    def put_off(self, shipment: ToIndex) -> None:
        """
        Leave a shipment to whoever looks next, as one that nobody has begun.
        """
        statement = "UPDATE gdv_to_do SET attempts = 0 WHERE number = ?"
        self._catalogue.change(lambda driver: driver.execute(statement, (shipment.number,)), durable=False)

    def begin_delivery(self, delivery: Delivery) -> int:
        """
        Enter a packet, and return its number.
        """
        shipment = delivery.shipment
        values = {
            "number": shipment.number,
            "insurer": shipment.insurer,
            "id": shipment.id,
            "at": shipment.at,
            "position": delivery.place.position,
            "member": delivery.place.member,
            "packet": delivery.packet,
            "insurer_number": delivery.insurer_number,
            "broker_number": delivery.broker_number,
            "whole": delivery.whole,
        }
        statement = insertion("gdv_deliveries", values)
        return self._catalogue.change(
            lambda driver: int(driver.execute(statement, tuple(values.values())).lastrowid), durable=False
        )

    def take(self, insurer: str, delivery: int, found: Sequence[Found]) -> tuple[set[int], int]:
        """
        Enter what of this is new or has another state than before; return the rows of all of it, and how many are new.
        """
        seen: set[int] = set()
        other: list[tuple[Found, int | None]] = []
        # What one packet has twice under one key counts once, as nobody can say which of the two is right.
        once = {(each.kind, each.key): each for each in reversed(found)}
        now = self._now(insurer, once.keys())
        for place, each in once.items():
            row, since, digest = now.get(place, (None, None, None))
            if row is not None and (digest == each.digest or since == delivery):
                seen.add(row)
            else:
                other.append((each, row))
        if not other:
            return seen, 0
        decoded = [(each, row, each.decode()) for each, row in other]

        def enter(driver: Driver) -> tuple[set[int], int]:
            kept: set[int] = set()
            other_than_before = []
            for each, before, content in decoded:
                if before is not None and _is_as_before(driver, delivery, each, before, content):
                    kept.add(before)
                else:
                    other_than_before.append((each, content))
            return kept | _add(driver, insurer, delivery, other_than_before), len(other_than_before)

        rows, new = self._catalogue.change(enter, durable=False)
        return seen | rows, new

    def _now(self, insurer: str, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int, bytes]]:
        """
        Return by kind and key which row of an insurer is the latest, since which delivery, and its digest.
        """
        now = {}
        with self._catalogue.read() as connection:
            for kind in sorted({kind for kind, _ in places}):
                which = Condition()
                which.demand("insurer = ? AND kind = ? AND until IS NULL", insurer, kind)
                which.one_of("key", [key for each, key in places if each == kind])
                query = f"SELECT key, row, since, digest FROM gdv_rows {which}"  # noqa: S608
                for key, *row in connection.execute(query, which.values):
                    now[kind, key] = tuple(row)
        return now

    def close_absent(self, insurer: str, portfolio: Portfolio) -> int:
        """
        End what a whole portfolio no longer has, and return how much that is.

        A portfolio without anything of a line says nothing of that line, nor of partners: it may be a part of one.
        """
        with self._catalogue.read() as connection:
            scope = (insurer, portfolio.insurer_number, portfolio.broker_number)
            absent = [tuple(row) for row in connection.execute(_ABSENT, scope) if row[0] not in portfolio.seen]
        unseen_lines = {line for _, line in absent if line is not None} - portfolio.lines
        gone = [row for row, line in absent if (line in portfolio.lines if line is not None else not unseen_lines)]

        def end(driver: Driver) -> None:
            driver.execute("UPDATE gdv_deliveries SET closes = 1 WHERE delivery = ?", (portfolio.delivery,))
            endings = [(portfolio.delivery, row) for row in gone]
            driver.executemany("UPDATE gdv_rows SET until = ? WHERE row = ?", endings)

        self._catalogue.change(end, durable=False)
        return len(gone)

    def end_delivery(self, delivery: int, *, records: int) -> None:
        """
        Note how many records a packet had.
        """
        statement = "UPDATE gdv_deliveries SET records = ? WHERE delivery = ?"
        self._catalogue.change(lambda driver: driver.execute(statement, (records, delivery)), durable=False)

    def done(self, shipment: ToIndex, remarks: Iterable[GdvRemark], foreign: Iterable[Foreign]) -> None:
        """
        Note that a shipment was looked at, and what there is to say of it; durable when it returns.
        """
        key = (shipment.number, shipment.insurer, shipment.id)
        said = [(*key, each.place.position, each.place.member, each.remark) for each in remarks]
        alarms = [
            (*key, each.place.position, each.place.member, each.broker_number, each.records, each.first_record)
            for each in foreign
        ]

        def note(driver: Driver) -> None:
            for table in ("gdv_remarks", "gdv_foreign", "gdv_to_do"):
                driver.execute(f"DELETE FROM {table} WHERE number = ?", (shipment.number,))  # noqa: S608 - our own
            driver.executemany("INSERT INTO gdv_remarks VALUES (?, ?, ?, ?, ?, ?)", said)
            driver.executemany("INSERT INTO gdv_foreign VALUES (?, ?, ?, ?, ?, ?, ?, ?)", alarms)

        self._catalogue.change(note, durable=True)


def _take_back(driver: Driver, shipment: ToIndex) -> int:
    order = (shipment.insurer, shipment.at, shipment.id)
    later = "FROM gdv_deliveries WHERE insurer = ? AND (at, id) >= (?, ?)"
    (first,) = driver.execute(f"SELECT min(delivery) {later}", order).fetchone()
    if first is None:
        return 0
    to_do = "INSERT OR IGNORE INTO gdv_to_do (number, insurer, id, at) SELECT DISTINCT number, insurer, id, at"
    still_there = "AND number != ? AND number IN (SELECT number FROM files)"
    waiting = driver.execute(f"{to_do} {later} {still_there}", (*order, shipment.number)).rowcount
    these = (shipment.insurer, first)
    for statement in (
        "DELETE FROM gdv_contents WHERE row IN (SELECT row FROM gdv_rows WHERE insurer = ? AND since >= ?)",
        "DELETE FROM gdv_rows WHERE insurer = ? AND since >= ?",
        "UPDATE gdv_rows SET until = NULL WHERE insurer = ? AND until >= ?",
        "DELETE FROM gdv_deliveries WHERE insurer = ? AND delivery >= ?",
    ):
        driver.execute(statement, these)
    return int(waiting)


def _is_as_before(driver: Driver, delivery: int, found: Found, before: int, content: Content) -> bool:
    """
    Say whether the row *before* says the same though its bytes are others; end it with this delivery if it does not.
    """
    (known,) = driver.execute("SELECT content FROM gdv_contents WHERE row = ?", (before,)).fetchone()
    if known == content.json:
        driver.execute("UPDATE gdv_rows SET digest = ? WHERE row = ?", (found.digest, before))
        return True
    driver.execute("UPDATE gdv_rows SET until = ? WHERE row = ?", (delivery, before))
    return False


def _add(driver: Driver, insurer: str, delivery: int, states: Sequence[tuple[Found, Content]]) -> set[int]:
    """
    Add a row for each of these, and return their numbers.
    """
    (last,) = driver.execute("SELECT coalesce(max(row), 0) FROM gdv_rows").fetchone()
    rows = range(last + 1, last + 1 + len(states))
    driver.executemany(
        _ADD,
        [
            (
                *(row, insurer, found.kind, found.key, delivery, found.digest),
                *(content.policy, content.line, content.status, ",".join(map(str, content.records))),
            )
            for row, (found, content) in zip(rows, states, strict=True)
        ],
    )
    contents = [(row, content.json) for row, (_, content) in zip(rows, states, strict=True)]
    driver.executemany("INSERT INTO gdv_contents (row, content) VALUES (?, ?)", contents)
    return set(rows)

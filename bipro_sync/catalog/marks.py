"""What is remembered of shipments beside their states: to whom they were handed over, and who has dealt with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ..model.kinds import Kind
from ..model.marks import Mark, Verdict
from .database import Catalogue, Driver
from .entries import Entry, time_text, time_value
from .sql import Condition


_PAGE = 5000

_MARK = """
INSERT INTO handovers (target, insurer, id, manifest_sha256, verdict, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (target, insurer, id)
DO UPDATE SET manifest_sha256 = excluded.manifest_sha256, verdict = excluded.verdict, at = excluded.at
"""
_OWED = """
SELECT shipments.* FROM shipments LEFT JOIN handovers AS mark
ON mark.target = ? AND mark.insurer = shipments.insurer AND mark.id = shipments.id
{which} ORDER BY shipments.insurer, shipments.stored_at, shipments.number LIMIT ?
"""
_UNMARKED = "(mark.manifest_sha256 IS NULL OR mark.manifest_sha256 != shipments.manifest_sha256)"
_BEHIND = "(shipments.insurer, shipments.stored_at, shipments.number) > (?, ?, ?)"
_HANDED_OVER = f"""
SELECT shipments.* FROM shipments JOIN handovers AS mark
ON mark.target = ? AND mark.insurer = shipments.insurer AND mark.id = shipments.id
AND mark.manifest_sha256 = shipments.manifest_sha256 AND mark.verdict = '{Verdict.HANDED_OVER}'
WHERE shipments.insurer = ? AND shipments.stored_at >= ? AND shipments.stored_at < ? AND shipments.shown
ORDER BY shipments.stored_at, shipments.number
"""  # noqa: S608 - our own word


@dataclass(frozen=True, slots=True)
class TargetState:
    """
    How a target stands: how many shipments it was *handed*, how many are *infected*, since when it does not work.
    """

    handed: int = 0
    infected: int = 0
    failing_since: datetime | None = None
    said: str = ""


class Marks:
    """
    The marks in one catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def owed(self, target: str, *, kinds: Collection[Kind], since: datetime | None) -> Iterator[Entry]:
        """
        Yield what is stored, may be shown, and was not handed over to this target as it is stored now, by insurer and
        time of storage; *kinds* empty means all.

        What is marked meanwhile is not yielded again, and what stays unmarked is yielded once.
        """
        behind: tuple[object, ...] = ()
        while page := self._owed_behind(target, kinds, since, behind):
            yield from page
            behind = (page[-1].insurer, time_text(page[-1].stored_at), page[-1].number)

    def _owed_behind(
        self, target: str, kinds: Collection[Kind], since: datetime | None, behind: tuple[object, ...]
    ) -> list[Entry]:
        which = Condition()
        which.demand("shipments.stored_at IS NOT NULL AND shipments.shown")
        which.demand(_UNMARKED)
        if kinds:
            which.one_of("shipments.kind", kinds)
        if since:
            which.demand("shipments.stored_at >= ?", time_text(since))
        if behind:
            which.demand(_BEHIND, *behind)
        with self._catalogue.read() as connection:
            found = connection.execute(_OWED.format(which=which), (target, *which.values, _PAGE)).fetchall()
        return [Entry.of(row) for row in found]

    def handed_over(self, target: str, insurer: str, begin: datetime, end: datetime) -> list[Entry]:
        """
        Return what this target was handed of an insurer's shipments that were stored from *begin* until *end*.
        """
        values = (target, insurer, time_text(begin), time_text(end))
        with self._catalogue.read() as connection:
            return [Entry.of(row) for row in connection.execute(_HANDED_OVER, values).fetchall()]

    def is_begun(self, target: str) -> bool:
        """
        Say whether anything was ever handed over to this target.
        """
        with self._catalogue.read() as connection:
            query = "SELECT EXISTS (SELECT 1 FROM handovers WHERE target = ?)"
            (found,) = connection.execute(query, (target,)).fetchone()
        return bool(found)

    def put(self, marks: Iterable[Mark]) -> None:
        """
        Remember marks, durably, in the place of earlier ones of the same shipments at the same target.
        """
        with self._catalogue.write() as connection:
            enter_marks(connection, marks)

    def note_trouble(self, target: str, said: str | None, now: datetime) -> None:
        """
        Remember that a target does not work, and why, or with None that it does.
        """
        with self._catalogue.write() as connection:
            if said is None:
                connection.execute("DELETE FROM handover_troubles WHERE target = ?", (target,))
            else:
                connection.execute(
                    "INSERT INTO handover_troubles (target, since, said) VALUES (?, ?, ?)"
                    " ON CONFLICT (target) DO UPDATE SET said = excluded.said",
                    (target, time_text(now), said),
                )

    def state(self, target: str) -> TargetState:
        """
        Return how a target stands, with how much it was handed.
        """
        with self._catalogue.read() as connection:
            query = "SELECT count(*) FROM handovers WHERE target = ? AND verdict = ?"
            (handed,) = connection.execute(query, (target, Verdict.HANDED_OVER)).fetchone()
            return _state(connection, target, handed)

    def troubles(self, target: str) -> TargetState:
        """
        Return the same without the number handed over, at a cost that does not grow with it.
        """
        with self._catalogue.read() as connection:
            return _state(connection, target, 0)


def enter_marks(driver: Driver, marks: Iterable[Mark]) -> None:
    """
    Write marks inside somebody's transaction.
    """
    driver.executemany(
        _MARK,
        [
            (mark.target, mark.insurer, mark.shipment, mark.manifest_sha256, mark.verdict, time_text(mark.at))
            for mark in marks
        ],
    )


def _state(driver: Driver, target: str, handed: int) -> TargetState:
    query = "SELECT count(*) FROM handovers WHERE verdict = 'infected' AND target = ?"
    (infected,) = driver.execute(query, (target,)).fetchone()
    trouble = driver.execute("SELECT since, said FROM handover_troubles WHERE target = ?", (target,)).fetchone()
    since = time_value(trouble["since"]) if trouble else None
    return TargetState(handed, infected, since, trouble["said"] if trouble else "")

"""Who has dealt with which shipment: rows that the audit log tells again where they are lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from ..model.marks import Done
from .database import Catalogue, Driver
from .entries import time_text, time_value


_DONE = """
INSERT INTO done (insurer, id, person, manifest_sha256, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (insurer, id, person) DO UPDATE SET manifest_sha256 = excluded.manifest_sha256, at = excluded.at
"""
_OPEN = "DELETE FROM done WHERE insurer = ? AND id = ? AND person = ?"


class Worklist:
    """
    What each person has done, in one catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def put(self, words: Iterable[Done]) -> None:
        """
        Remember, durably, what somebody has dealt with, or no longer has.
        """
        with self._catalogue.write() as connection:
            for done in words:
                enter_done(connection, done)

    def since(self, begin: datetime) -> Mapping[tuple[str, str], list[Done]]:
        """
        Return what was dealt with from *begin* on, by insurer and shipment id, the earliest first.
        """
        found: dict[tuple[str, str], list[Done]] = defaultdict(list)
        with self._catalogue.read() as connection:
            for row in connection.execute("SELECT * FROM done WHERE at >= ? ORDER BY at", (time_text(begin),)):
                at = time_value(row["at"])
                assert at is not None
                found[row["insurer"], row["id"]].append(
                    Done(
                        insurer=row["insurer"],
                        shipment=row["id"],
                        person=row["person"],
                        manifest_sha256=row["manifest_sha256"],
                        at=at,
                    )
                )
        return found


def enter_done(driver: Driver, done: Done) -> None:
    """
    Write it inside somebody's transaction.
    """
    if done.is_open_again:
        driver.execute(_OPEN, (done.insurer, done.shipment, done.person))
    else:
        driver.execute(_DONE, (done.insurer, done.shipment, done.person, done.manifest_sha256, time_text(done.at)))

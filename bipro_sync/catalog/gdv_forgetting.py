"""Noting that a shipment's GDV files are to be looked at, and forgetting what came from them and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from .database import Driver
from .entries import Entry, FileEntry, time_text
from .gdv_schema import MEDIA_TYPES


_OF_A_SHIPMENT = ("gdv_to_do", "gdv_remarks", "gdv_foreign")

_NEXT = """
    SELECT min(later.delivery) FROM gdv_deliveries AS later
    JOIN gdv_deliveries AS mine ON mine.delivery = gdv_rows.since
    WHERE later.insurer = mine.insurer AND later.insurer_number = mine.insurer_number
    AND later.broker_number = mine.broker_number AND later.closes AND later.number != mine.number
    AND later.delivery > gdv_rows.since AND (gdv_rows.until IS NULL OR later.delivery < gdv_rows.until)
    """
"""The next whole portfolio that must have had a row's state, or the row would have ended with it."""


def note_gdv_files(driver: Driver, entry: Entry, files: Sequence[FileEntry]) -> None:
    """
    Note that a stored shipment is to be looked at, where any of its *files* is a GDV file or may hold one.
    """
    if entry.stored_at is None or entry.path is None or entry.path.parts[0] != "shipments":
        return
    if any(file.media_type in MEDIA_TYPES for file in files):
        at = min(entry.posted_at or entry.stored_at, entry.stored_at)
        driver.execute(
            "INSERT OR IGNORE INTO gdv_to_do (number, insurer, id, at) VALUES (?, ?, ?, ?)",
            (entry.number, entry.insurer, entry.id, time_text(at)),
        )


def forget_gdv(driver: Driver, number: int) -> None:
    """
    Forget what came from this shipment's files only; a state that a later whole portfolio has, too, begins with that.

    What its deliveries ended stays ended, so they stay known, without a word of their contents.
    """
    for table in _OF_A_SHIPMENT:
        driver.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608 - our own tables
    for (delivery,) in driver.execute("SELECT delivery FROM gdv_deliveries WHERE number = ?", (number,)).fetchall():
        driver.execute(
            f"UPDATE gdv_rows SET since = ({_NEXT}), records = NULL WHERE since = ? AND ({_NEXT}) IS NOT NULL",  # noqa: S608
            (delivery,),
        )
        only_here = "SELECT row FROM gdv_rows WHERE since = ?"
        driver.execute(f"DELETE FROM gdv_contents WHERE row IN ({only_here})", (delivery,))  # noqa: S608
        driver.execute("DELETE FROM gdv_rows WHERE since = ?", (delivery,))
        driver.execute("UPDATE gdv_deliveries SET closes = 0 WHERE delivery = ?", (delivery,))

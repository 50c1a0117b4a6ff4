"""The statements on the way of each shipment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, TypeAlias

from ..model.kinds import Kind
from .database import Driver
from .entries import Entry, FileEntry, column_value, time_text
from .gdv_forgetting import forget_gdv, note_gdv_files
from .sql import insertion, marks


Row: TypeAlias = Mapping[str, Any]
"""A row of the table `shipments`, by the names of its columns."""

_IDS_AT_ONCE = 500

_FILE_COLUMNS = tuple(column.name for column in fields(FileEntry))
_file_values = attrgetter(*_FILE_COLUMNS)
_WRITE_FILE = insertion("files", ("number", *_FILE_COLUMNS))
_COUNT = """
INSERT INTO counts (insurer, state, shipments) VALUES (?, ?, ?)
ON CONFLICT (insurer, state) DO UPDATE SET shipments = shipments + excluded.shipments
"""
_DELIVERED = """
INSERT INTO deliveries (insurer, kind, last_stored_at, shipments) VALUES (?, ?, ?, 1)
ON CONFLICT (insurer, kind)
DO UPDATE SET last_stored_at = max(last_stored_at, excluded.last_stored_at), shipments = shipments + 1
"""


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


def known(driver: Driver, insurer: str, ids: Collection[str]) -> dict[str, Row]:
    """
    Return the rows of these shipments by id; ids never listed before are left out.
    """
    wanted = list(ids)
    found: dict[str, Row] = {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = wanted[start : start + _IDS_AT_ONCE]
        query = f"SELECT * FROM shipments WHERE insurer = ? AND id IN ({marks(some)})"  # noqa: S608 - no data
        found |= {row["id"]: row for row in driver.execute(query, (insurer, *some))}
    return found


def enter(driver: Driver, values: Row) -> Row:
    """
    Add a shipment.
    """
    added: Row = driver.execute(f"{insertion('shipments', values)} RETURNING *", tuple(values.values())).fetchone()
    return added


def swap(driver: Driver, entry: Entry, changes: Row) -> bool:
    """
    Change these fields of a shipment where it is still in the state of *entry*, and say whether it is.
    """
    columns = ", ".join(f"{column} = ?" for column in changes)
    statement = f"UPDATE shipments SET {columns} WHERE number = ? AND state = ?"  # noqa: S608 - our own columns
    values = map(column_value, changes.values())
    changed: int = driver.execute(statement, (*values, entry.number, entry.state)).rowcount
    return changed == 1


def alter(driver: Driver, row: Row, changes: Row) -> None:
    """
    Change a shipment, in whatever state it is.
    """
    columns = ", ".join(f"{column} = ?" for column in changes)
    driver.execute(
        f"UPDATE shipments SET {columns} WHERE number = ?",  # noqa: S608 - our own columns
        (*changes.values(), row["number"]),
    )


def remember(driver: Driver, run: str, entry: Entry, *, old: str | None, moment: str | None) -> None:
    """
    Enter a move to where *entry* stands into the history, and count it.
    """
    driver.execute(
        "INSERT INTO history (number, at, run, old, new, reason) VALUES (?, ?, ?, ?, ?, ?)",
        (entry.number, moment, run, old, entry.state, entry.reason),
    )
    if old is not None:
        driver.execute(_COUNT, (entry.insurer, old, -1))
    driver.execute(_COUNT, (entry.insurer, entry.state, 1))


def describe(driver: Driver, entry: Entry, stored: StoredRows) -> None:
    """
    Put the files and words of a stored shipment in the place of earlier ones, and note the delivery.
    """
    forget(driver, entry)
    enter_contents(driver, entry, stored)
    driver.execute(_DELIVERED, (entry.insurer, stored.kind, time_text(entry.stored_at)))


def enter_contents(driver: Driver, entry: Entry, stored: StoredRows) -> None:
    """
    Add the files and words of a shipment that has none.
    """
    number = entry.number
    driver.executemany(_WRITE_FILE, [(number, *_file_values(file)) for file in stored.files])
    driver.execute("INSERT INTO words (rowid, said) VALUES (?, ?)", (number, "\n".join((entry.id, *stored.words))))
    note_gdv_files(driver, entry, stored.files)


def forget(driver: Driver, entry: Entry) -> None:
    """
    Remove the files and words of a shipment, and what was entered of its GDV files.
    """
    driver.execute("DELETE FROM files WHERE number = ?", (entry.number,))
    driver.execute("DELETE FROM words WHERE rowid = ?", (entry.number,))
    forget_gdv(driver, entry.number)

"""A catalogue that is made again, under a name of its own: nobody reads it before it is whole, and it replaces none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from ..durable import exists, remove_file
from ..errors import StorageError
from ..model.marks import Done, Mark
from .batches import Batches
from .database import Catalogue, sides
from .entries import Entry, HistoryEntry, InsurerSummary, column_value, time_text
from .marks import enter_marks
from .sql import insertion
from .staging import Staging
from .statements import StoredRows, enter_contents
from .worklist import enter_done


_SHIPMENT = insertion("shipments", Entry.__struct_fields__)
_SUMS = (
    "INSERT OR IGNORE INTO insurers (insurer) SELECT DISTINCT insurer FROM shipments",
    """
    INSERT INTO counts (insurer, state, shipments)
    SELECT insurer, state, count(*) FROM shipments GROUP BY insurer, state
    """,
    """
    INSERT INTO deliveries (insurer, kind, last_stored_at, shipments)
    SELECT insurer, kind, max(stored_at), count(*) FROM shipments
    WHERE stored_at IS NOT NULL AND state != 'imported' GROUP BY insurer, kind
    """,
)
"""What is kept of whole insurers and follows from their shipments."""


class CatalogueDraft:
    """
    The draft at *path*, filled by one thread; a block that fails leaves none.

    *staged* keeps what is known of shipments that are not entered yet.
    """

    staged: Staging

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._remove()
        catalogue = self._stack.enter_context(closing(Catalogue.open(self.path, shipments_exist=False)))
        self._batches = self._stack.enter_context(Batches(catalogue))
        self.staged = Staging(self._batches)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
        finally:
            if error is not None:
                # It may be what filled the disk; the error that ended the work is the one to be told.
                with suppress(StorageError):
                    self._remove()

    def _remove(self) -> None:
        for path in (self.path, *sides(self.path)):
            remove_file(path)

    def path_of(self, insurer: str, shipment: str) -> str | None:
        """
        Return where a shipment that is entered already lies.
        """
        query = "SELECT path FROM shipments WHERE insurer = ? AND id = ?"
        row = self._batches.connection.execute(query, (insurer, shipment)).fetchone()
        return row["path"] if row else None

    def enter(self, entry: Entry, stored: StoredRows | None, history: Sequence[HistoryEntry]) -> None:
        """
        Enter one shipment with its files, its words and what it went through.
        """
        driver = self._batches.connection
        driver.execute(_SHIPMENT, [column_value(value) for value in msgspec.structs.astuple(entry)])
        driver.executemany(
            "INSERT INTO history (number, at, run, old, new, reason) VALUES (?, ?, ?, ?, ?, ?)",
            [(entry.number, time_text(step.at), step.run, step.old, step.new, step.reason) for step in history],
        )
        if stored:
            enter_contents(driver, entry, stored)
        self._batches.wrote()

    def enter_mark(self, mark: Mark) -> None:
        """
        Enter that a shipment, entered already or not, was handed over; later words count.
        """
        enter_marks(self._batches.connection, [mark])
        self._batches.wrote()

    def enter_done(self, done: Done) -> None:
        """
        Enter that somebody has dealt with a shipment, or no longer has; later words count.
        """
        enter_done(self._batches.connection, done)
        self._batches.wrote()

    def enter_insurers(self, summaries: Iterable[InsurerSummary]) -> None:
        """
        Enter what is known of whole insurers; their counts come from the shipments.
        """
        for summary in summaries:
            moments = (time_text(summary.last_attempt_at), time_text(summary.last_success_at))
            self._batches.connection.execute(
                "INSERT INTO insurers (insurer, last_attempt_at, last_success_at, last_outcome, last_error)"
                " VALUES (?, ?, ?, ?, ?)",
                (summary.insurer, *moments, summary.last_outcome, summary.last_error),
            )

    def to_index(self) -> int:
        """
        Return of how many entered shipments the GDV files are to be looked at.
        """
        (number,) = self._batches.connection.execute("SELECT count(*) FROM gdv_to_do").fetchone()
        return int(number)

    def finish(self) -> Mapping[str, int]:
        """
        Make the draft a whole catalogue, durable in one file, and return how many shipments stand in each state.
        """
        driver = self._batches.connection
        for statement in _SUMS:
            driver.execute(statement)
        states = dict(driver.execute("SELECT state, sum(shipments) FROM counts GROUP BY state").fetchall())
        self.staged.drop()
        # SQLite folds its log into the file, durably, when the last connection goes.
        self._stack.close()
        if left := [side.name for side in sides(self.path) if exists(side)]:
            raise StorageError(f"The rebuilt catalogue {self.path} is still open ({', '.join(left)} beside it).")
        return states

"""A catalogue that is made again, under a name of its own: nobody reads it before it is whole, and it replaces none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import func, insert, select

from ..durable import exists, remove_file
from ..errors import StorageError
from . import schema
from .batches import Batches
from .database import Catalogue, sides
from .entries import Entry, FileEntry, HistoryEntry, InsurerSummary, time_text
from .staging import Staging
from .statements import StoredRows


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
        row = self._batches.connection.exec_driver_sql(
            "SELECT path FROM shipments WHERE insurer = ? AND id = ?", (insurer, shipment)
        ).first()
        return row.path if row else None

    def enter(self, entry: Entry, stored: StoredRows | None, history: Sequence[HistoryEntry]) -> None:
        """
        Enter one shipment with its files, its words and what it went through.
        """
        values = msgspec.structs.asdict(entry) | {
            name: time_text(getattr(entry, name))
            for name in ("posted_at", "first_listed_at", "next_attempt_at", "stored_at", "acknowledged_at")
        }
        values["available_until"] = entry.available_until.isoformat() if entry.available_until else None
        values["path"] = str(entry.path) if entry.path else None
        run = self._batches.connection
        run.execute(insert(schema.shipments), [values])
        steps = [_columns(step) | {"number": entry.number, "at": time_text(step.at)} for step in history]
        if steps:
            run.execute(insert(schema.history), steps)
        if stored:
            if stored.files:
                run.execute(insert(schema.files), [_columns(file) | {"number": entry.number} for file in stored.files])
            said = "\n".join((entry.id, *stored.words))
            run.exec_driver_sql("INSERT INTO words (rowid, said) VALUES (?, ?)", (entry.number, said))
        self._batches.wrote()

    def enter_insurers(self, summaries: Iterable[InsurerSummary]) -> None:
        """
        Enter what is known of whole insurers; their counts come from the shipments.
        """
        for summary in summaries:
            self._batches.connection.execute(
                insert(schema.insurers).values(
                    insurer=summary.insurer,
                    last_attempt_at=time_text(summary.last_attempt_at),
                    last_success_at=time_text(summary.last_success_at),
                    last_outcome=summary.last_outcome,
                    last_error=summary.last_error,
                )
            )

    def finish(self) -> Mapping[str, int]:
        """
        Make the draft a whole catalogue, durable in one file, and return how many shipments stand in each state.
        """
        table, run = schema.shipments, self._batches.connection
        everyone = insert(schema.insurers).prefix_with("OR IGNORE")
        run.execute(everyone.from_select(["insurer"], select(table.c.insurer).distinct()))
        counted = select(table.c.insurer, table.c.state, func.count()).group_by(table.c.insurer, table.c.state)
        run.execute(insert(schema.counts).from_select(["insurer", "state", "shipments"], counted))
        delivered = (
            select(table.c.insurer, table.c.kind, func.max(table.c.stored_at), func.count())
            .where(table.c.stored_at.is_not(None))
            .group_by(table.c.insurer, table.c.kind)
        )
        columns = ["insurer", "kind", "last_stored_at", "shipments"]
        run.execute(insert(schema.deliveries).from_select(columns, delivered))
        states = run.execute(select(table.c.state, func.count()).group_by(table.c.state)).all()
        self.staged.drop()
        # SQLite folds its log into the file, durably, when the last connection goes.
        self._stack.close()
        if left := [side.name for side in sides(self.path) if exists(side)]:
            raise StorageError(f"The rebuilt catalogue {self.path} is still open ({', '.join(left)} beside it).")
        return {row.state: row[1] for row in states}


def _columns(row: HistoryEntry | FileEntry) -> dict[str, object]:
    # Not `asdict`, which copies every value and takes longer than all of SQLite.
    return {field.name: getattr(row, field.name) for field in fields(row)}

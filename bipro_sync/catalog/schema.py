"""The catalogue's tables; times are UTC text that sorts (`2026-11-21T07:53:39.000000Z`), states and kinds are text."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text, TextClause, UniqueConstraint, text

from ..model.states import OPEN, WAITING, ShipmentState


VERSION = 1
"""The schema's version, kept in SQLite's `user_version`; another one is refused, never changed in passing."""

metadata = MetaData()

shipments = Table(
    "shipments",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("insurer", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("category", Text),
    Column("kind", Text, nullable=False),
    Column("line", Text),
    Column("data_only", Boolean(create_constraint=False)),
    Column("posted_at", Text),
    Column("available_until", Text),
    Column("first_listed_at", Text, nullable=False),
    Column("listed_as", Text, nullable=False),
    Column("misses", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", Text),
    Column("path", Text),
    Column("manifest_sha256", Text),
    Column("shown", Boolean(create_constraint=False), nullable=False, default=True),
    Column("stored_at", Text),
    Column("acknowledged_at", Text),
    Column("reason", Text),
    UniqueConstraint("insurer", "id"),
)


def _is_one_of(states: Iterable[ShipmentState]) -> TextClause:
    # The clause of a partial index; a query must say it literally, bound values could not use the index.
    return text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(states))))


IS_OPEN = _is_one_of(OPEN)
IS_WAITING = _is_one_of(WAITING)
IS_VANISHED = _is_one_of([ShipmentState.VANISHED])

Index("open_shipments", shipments.c.insurer, sqlite_where=IS_OPEN)
Index("waiting_shipments", shipments.c.insurer, shipments.c.available_until, sqlite_where=IS_WAITING)
Index("vanished_shipments", shipments.c.insurer, sqlite_where=IS_VANISHED)
Index("shipments_by_storage", shipments.c.insurer, shipments.c.kind, shipments.c.stored_at)

history = Table(
    "history",
    metadata,
    Column("step", Integer, primary_key=True),
    Column("number", Integer, nullable=False, index=True),
    Column("at", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("old", Text),
    Column("new", Text, nullable=False),
    Column("reason", Text),
)

files = Table(
    "files",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("stored", Text, nullable=False),
    Column("name", Text),
    Column("sha256", Text, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("kind", Text, nullable=False),
)

counts = Table(
    "counts",
    metadata,
    Column("insurer", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("shipments", Integer, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("insurer", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("last_stored_at", Text, nullable=False),
    Column("shipments", Integer, nullable=False),
)

insurers = Table(
    "insurers",
    metadata,
    Column("insurer", Text, primary_key=True),
    Column("last_attempt_at", Text),
    Column("last_success_at", Text),
    Column("last_outcome", Text),
    Column("last_error", Text),
    Column("listed", Integer),
)

SEARCH = """
CREATE VIRTUAL TABLE words
USING fts5(said, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')
"""
"""The full-text index over names, numbers and fields; `rowid` is the shipment's number, the text itself is not kept."""

"""The catalogue's tables; times are UTC text that sorts (`2026-11-21T07:53:39.000000Z`), states and kinds are text."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.states import OPEN, WAITING, ShipmentState
from . import gdv_schema


VERSION = 3
"""The schema's version, kept in SQLite's `user_version`; another one is refused, unless :data:`UPGRADES` has it."""


def _is_one_of(states: Iterable[ShipmentState]) -> str:
    # The clause of a partial index; a query must say it literally, bound values could not use the index.
    return "state IN ({})".format(", ".join(f"'{state}'" for state in sorted(states)))


IS_OPEN = _is_one_of(OPEN)
IS_WAITING = _is_one_of(WAITING)
IS_QUARANTINED = _is_one_of([ShipmentState.QUARANTINED])
IS_VANISHED = _is_one_of([ShipmentState.VANISHED])

_AFTERWARDS = (
    # Who has dealt with what.
    """
    CREATE TABLE done (
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        person TEXT NOT NULL,
        manifest_sha256 TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (insurer, id, person)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX done_by_time ON done (at)",
    # The latest mark of each shipment at each target, and since when a target does not work.
    """
    CREATE TABLE handovers (
        target TEXT NOT NULL,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        manifest_sha256 TEXT NOT NULL,
        verdict TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (target, insurer, id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX handovers_by_shipment ON handovers (insurer, id)",
    "CREATE INDEX infected_handovers ON handovers (target) WHERE verdict = 'infected'",
    """
    CREATE TABLE handover_troubles (
        target TEXT NOT NULL PRIMARY KEY,
        since TEXT NOT NULL,
        said TEXT NOT NULL
    ) WITHOUT ROWID
    """,
)
"""What is remembered of deliveries once they are stored: by whom they were read, to whom they were handed."""

STATEMENTS = (
    """
    CREATE TABLE shipments (
        number INTEGER NOT NULL PRIMARY KEY,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        account TEXT NOT NULL,
        state TEXT NOT NULL,
        category TEXT,
        kind TEXT NOT NULL,
        line TEXT,
        data_only BOOLEAN,
        posted_at TEXT,
        available_until TEXT,
        first_listed_at TEXT NOT NULL,
        listed_as TEXT NOT NULL,
        misses INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        next_attempt_at TEXT,
        path TEXT,
        manifest_sha256 TEXT,
        shown BOOLEAN NOT NULL,
        stored_at TEXT,
        acknowledged_at TEXT,
        reason TEXT,
        UNIQUE (insurer, id)
    )
    """,
    f"CREATE INDEX open_shipments ON shipments (insurer) WHERE {IS_OPEN}",
    f"CREATE INDEX waiting_shipments ON shipments (insurer, available_until) WHERE {IS_WAITING}",
    f"CREATE INDEX vanished_shipments ON shipments (insurer) WHERE {IS_VANISHED}",
    f"CREATE INDEX quarantined_shipments ON shipments (insurer, stored_at) WHERE {IS_QUARANTINED}",
    "CREATE INDEX shipments_by_storage ON shipments (insurer, kind, stored_at)",
    """
    CREATE TABLE history (
        step INTEGER NOT NULL PRIMARY KEY,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        run TEXT NOT NULL,
        old TEXT,
        new TEXT NOT NULL,
        reason TEXT
    )
    """,
    "CREATE INDEX ix_history_number ON history (number)",
    """
    CREATE TABLE files (
        number INTEGER NOT NULL,
        position INTEGER NOT NULL,
        stored TEXT NOT NULL,
        name TEXT,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        kind TEXT NOT NULL,
        PRIMARY KEY (number, position)
    )
    """,
    "CREATE INDEX ix_files_sha256 ON files (sha256)",
    """
    CREATE TABLE counts (
        insurer TEXT NOT NULL,
        state TEXT NOT NULL,
        shipments INTEGER NOT NULL,
        PRIMARY KEY (insurer, state)
    )
    """,
    """
    CREATE TABLE deliveries (
        insurer TEXT NOT NULL,
        kind TEXT NOT NULL,
        last_stored_at TEXT NOT NULL,
        shipments INTEGER NOT NULL,
        PRIMARY KEY (insurer, kind)
    )
    """,
    """
    CREATE TABLE insurers (
        insurer TEXT NOT NULL PRIMARY KEY,
        last_attempt_at TEXT,
        last_success_at TEXT,
        last_outcome TEXT,
        last_error TEXT,
        listed INTEGER
    )
    """,
    *_AFTERWARDS,
    *gdv_schema.STATEMENTS,
    # The full-text index over names, numbers and fields: `rowid` is the shipment's number, the text itself is not kept.
    """
    CREATE VIRTUAL TABLE words
    USING fts5(said, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')
    """,
)
"""What makes an empty database a catalogue, in this order."""

UPGRADES = {1: (*gdv_schema.STATEMENTS, gdv_schema.TO_DO_FROM_FILES), 2: _AFTERWARDS}
"""What makes a catalogue of an older version one of the next: it adds tables and fills them, and changes no row."""

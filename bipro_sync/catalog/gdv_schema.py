"""The tables of what GDV files say: derived from the archive, and worth no more than their way back to it."""

from __future__ import annotations


MEDIA_TYPES = ("application/x-gdv", "application/zip")
"""The types of files that are, or may hold, GDV files."""

_TYPES = ", ".join(f"'{each}'" for each in MEDIA_TYPES)

STATEMENTS = (
    # What is stored and was not looked at yet; a row goes with the transaction that ends the work on its shipment.
    """
    CREATE TABLE gdv_to_do (
        number INTEGER NOT NULL PRIMARY KEY,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX gdv_to_do_in_order ON gdv_to_do (insurer, at, id)",
    # One packet of a file, header to trailer.  Of one insurer the numbers ascend as the deliveries are in time, and no
    # number is used twice; `member` counts the entries of a ZIP file from 1 and is 0 for a file that is none.
    """
    CREATE TABLE gdv_deliveries (
        delivery INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        number INTEGER NOT NULL,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        at TEXT NOT NULL,
        position INTEGER NOT NULL,
        member INTEGER NOT NULL,
        packet INTEGER NOT NULL,
        insurer_number TEXT NOT NULL,
        broker_number TEXT NOT NULL,
        whole BOOLEAN NOT NULL,
        closes BOOLEAN NOT NULL DEFAULT 0,
        records INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX gdv_deliveries_by_shipment ON gdv_deliveries (number)",
    "CREATE INDEX gdv_deliveries_in_order ON gdv_deliveries (insurer, at, id)",
    # One state of a partner, contract, risk, claim or commission entry: valid from the delivery `since` on, until the
    # delivery that had another or, a whole portfolio, had it no more.
    """
    CREATE TABLE gdv_rows (
        row INTEGER NOT NULL PRIMARY KEY,
        insurer TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,
        digest BLOB NOT NULL,
        policy TEXT,
        line TEXT,
        status TEXT,
        records TEXT
    )
    """,
    "CREATE UNIQUE INDEX gdv_rows_now ON gdv_rows (insurer, kind, key) WHERE until IS NULL",
    "CREATE INDEX gdv_rows_by_policy ON gdv_rows (policy, insurer)",
    "CREATE INDEX gdv_rows_since ON gdv_rows (since)",
    "CREATE INDEX gdv_rows_until ON gdv_rows (until) WHERE until IS NOT NULL",
    "CREATE TABLE gdv_contents (row INTEGER NOT NULL PRIMARY KEY, content BLOB NOT NULL)",
    # Why a file, or a part of it, is not in the tables above.
    """
    CREATE TABLE gdv_remarks (
        number INTEGER NOT NULL,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        position INTEGER NOT NULL,
        member INTEGER NOT NULL,
        remark TEXT NOT NULL
    )
    """,
    "CREATE INDEX gdv_remarks_by_shipment ON gdv_remarks (number)",
    """
    CREATE TABLE gdv_foreign (
        number INTEGER NOT NULL,
        insurer TEXT NOT NULL,
        id TEXT NOT NULL,
        position INTEGER NOT NULL,
        member INTEGER NOT NULL,
        broker_number TEXT NOT NULL,
        records INTEGER NOT NULL,
        first_record INTEGER NOT NULL,
        PRIMARY KEY (number, position, member, broker_number)
    )
    """,
)

TO_DO_FROM_FILES = f"""
    INSERT OR IGNORE INTO gdv_to_do (number, insurer, id, at)
    SELECT number, insurer, id, min(coalesce(posted_at, stored_at), stored_at) FROM shipments
    WHERE stored_at IS NOT NULL AND shown AND path LIKE 'shipments/%' AND EXISTS (
        SELECT 1 FROM files WHERE files.number = shipments.number AND files.media_type IN ({_TYPES})
    )
    """  # noqa: S608 - our own words
"""What notes for every stored shipment with such files that it is to be looked at."""

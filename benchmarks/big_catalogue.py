"""Fill a catalogue with the rows of many acknowledged shipments, by bulk SQL and with SQLite's safeties off."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2

from .configuration import INSURER
from .months import FIRST_MONTH, FIRST_YEAR, MONTHS


_LISTED = f"""
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count),
months AS (SELECT n, {FIRST_MONTH - 1} + (n - 1) * {MONTHS} / :count AS month FROM numbers),
dated AS (
    SELECT n, printf('%04d', {FIRST_YEAR} + month / 12) AS year, printf('%02d', month % 12 + 1) AS month FROM months
),
listed AS (
    SELECT n, printf('B-2026-%06d', n) AS id, year, month, year || '-' || month || '-15T07:00:00.000000Z' AS at
    FROM dated
)
"""
_FILL = (
    f"""{_LISTED}
    INSERT INTO shipments (number, insurer, id, account, state, category, kind, data_only, posted_at, first_listed_at,
        listed_as, misses, attempts, path, manifest_sha256, shown, stored_at, acknowledged_at, reason)
    SELECT n, :insurer, id, :insurer, 'acknowledged', '100007000', 'mail', 0, at, at,
        'Kategorie=100007000|Einstellzeitpunkt=' || at, 0, 0,
        'shipments/' || :insurer || '/' || year || '/' || month || '/' || id,
        lower(hex(randomblob(32))), 1, at, at, 'The insurer confirmed the acknowledgement.'
    FROM listed""",
    f"""{_LISTED}
    INSERT INTO files (number, position, stored, name, sha256, size, media_type, kind)
    SELECT n, 1, '01-File.pdf', 'Police.pdf', lower(hex(randomblob(32))), 50000, 'application/pdf', 'mail'
    FROM listed""",
    f"""{_LISTED}, moves (step, old, new, reason) AS (VALUES
        (1, NULL, 'listed', NULL), (2, 'listed', 'fetching', NULL), (3, 'fetching', 'stored', NULL),
        (4, 'stored', 'ack_intent', 'stored and read back'),
        (5, 'ack_intent', 'acknowledged', 'The insurer confirmed the acknowledgement.'))
    INSERT INTO history (number, at, run, old, new, reason)
    SELECT n, at, '0123456789abcdef', moves.old, moves.new, moves.reason FROM listed, moves ORDER BY n, moves.step""",
    f"""{_LISTED}
    INSERT INTO words (rowid, said) SELECT n, id || ' Police.pdf 100007000 ' || at FROM listed""",
    "INSERT INTO counts (insurer, state, shipments) VALUES (:insurer, 'acknowledged', :count)",
    """INSERT INTO deliveries (insurer, kind, last_stored_at, shipments)
    SELECT :insurer, 'mail', max(stored_at), :count FROM shipments""",
)


def fill_catalogue(path: Path, count: int) -> None:
    """Enter so many shipments with their files, histories and words into an empty catalogue."""
    catalogue = dbapi2.connect(str(path), isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
        catalogue.execute(f"PRAGMA {setting}")
    for statement in _FILL:
        catalogue.execute(statement, {"count": count, "insurer": INSURER})
    catalogue.execute("PRAGMA journal_mode = WAL")
    catalogue.close()

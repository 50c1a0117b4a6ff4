"""GDV files of 100,000 contracts: read by columns and by records, indexed, and compared with the next delivery."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pysqlite3 import dbapi2

from samples.synthetic.contracts import Contract, Counts, contracts, later
from samples.synthetic.delivery import packet, write
from samples.synthetic.portfolio import lean

from .configuration import INSURER, configure
from .measuring import Figure, Run, command, in_turns, median, paired, peak, remove, run


PROMISED = 100_000
"""Contracts, in some 400,000 records and 100 MB, that the promises are about."""
BY_COLUMNS, BY_RECORDS = 1_000_000, 100_000
"""Records a second."""
COLUMNS_TIMES, RECORDS_MEBIBYTES = 4, 60
"""What columns may take at the peak, in times of the file's size, and records in MiB."""
FIRST, UNCHANGED, MORE_ROWS = 20.0, 8.0, 0.01
"""Seconds that indexing a delivery may take, and one in which nothing changed; the share of rows that this may add."""
COMPARED = 10.0
"""Seconds that the differences of two portfolios may take."""


def gdv(directory: Path, count: int, times: int) -> Iterator[Figure]:
    """All figures for so many contracts."""
    before = list(contracts(count))
    after, _ = later(before, Counts(*(count // 1000,) * 5))
    old, new = directory / "old.gdv", directory / "new.gdv"
    records = write(old, packet(lean(before)))
    write(new, packet(lean(after)))
    promised = count >= PROMISED
    yield from _reading(old, records, times, promised=promised)
    yield _comparing(old, new, count, times, promised=promised)
    yield from _indexing(directory, before, old, promised=promised)


def _reading(path: Path, records: int, times: int, *, promised: bool) -> Iterator[Figure]:
    size = path.stat().st_size / (1 << 20)
    ours, bare = in_turns(times, *(partial(_run, work, path, module="gdv_columns") for work in ("ours", "bare")))
    rate = records / median(ours)
    yield Figure(
        f"{records:,} GDV records by columns, all fields",
        rate,
        unit="/s",
        floor=records / median(bare),
        ratio=paired(ours, bare),
        mebibytes=peak(ours),
        limit=f"≥ {BY_COLUMNS:,}, ≤ {COLUMNS_TIMES * size:.0f} MiB" if promised else "",
        held=not promised or (rate >= BY_COLUMNS and peak(ours) <= COLUMNS_TIMES * size),
    )
    ours, bare = in_turns(times, *(partial(_run, work, path) for work in ("by_records", "bare_records")))
    rate = records / median(ours)
    yield Figure(
        f"{records:,} GDV records one by one, all fields",
        rate,
        unit="/s",
        floor=records / median(bare),
        ratio=paired(ours, bare),
        mebibytes=peak(ours),
        limit=f"≥ {BY_RECORDS:,}, ≤ {RECORDS_MEBIBYTES} MiB" if promised else "",
        held=not promised or (rate >= BY_RECORDS and peak(ours) <= RECORDS_MEBIBYTES),
    )


def _comparing(old: Path, new: Path, count: int, times: int, *, promised: bool) -> Figure:
    ours, bare = in_turns(times, *(partial(_run, work, old, new) for work in ("compared", "grouped")))
    return Figure(
        f"the differences of {count:,} contracts and {count:,}",
        median(ours),
        floor=median(bare),
        ratio=paired(ours, bare),
        mebibytes=peak(ours),
        limit=f"≤ {COMPARED:.0f} s" if promised else "",
        held=not promised or median(ours) <= COMPARED,
    )


def _indexing(directory: Path, before: list[Contract], first: Path, *, promised: bool) -> Iterator[Figure]:
    """An import of the portfolio, and one of the same a week later: archived, read back and indexed."""
    place = directory / "office"
    place.mkdir()
    config = configure(place, "https://localhost:1")
    again = directory / "again.gdv"
    write(again, packet(lean(before), period=("08032026", "08032026")))
    rows = 0
    for name, path, limit in (("indexed", first, FIRST), ("indexed unchanged", again, UNCHANGED)):
        taken = _import(config, path)
        bare = _run("grouped", path)
        added = _rows(place / "archive") - rows
        more = added / rows if rows else 0.0
        rows += added
        told = f"≤ {limit:.0f} s" + (f", ≤ {MORE_ROWS:.0%} more rows" if more or "unchanged" in name else "")
        yield Figure(
            f"{len(before):,} contracts {name} ({added:,} new rows)",
            taken.seconds,
            floor=bare.seconds,
            ratio=bare.seconds / taken.seconds,
            mebibytes=taken.mebibytes,
            limit=told if promised else "",
            held=not promised or (taken.seconds <= limit and more <= MORE_ROWS),
        )
    remove(place / "archive")


def _run(work: str, *paths: Path, module: str = "gdv_work") -> Run:
    (found,) = run(f"benchmarks.{module}", work, *map(str, paths))
    return found


def _import(config: Path, path: Path) -> Run:
    return command("--config", str(config), "import", "--insurer", INSURER, "--kind", "gdv-portfolio", str(path))


def _rows(archive: Path) -> int:
    connection = dbapi2.connect(f"file:{archive / 'catalog.db'}?mode=ro", uri=True)
    try:
        (count,) = connection.execute("SELECT count(*) FROM gdv_rows").fetchone()
    finally:
        connection.close()
    return int(count)

"""How often a pull waits for the device, counted by strace: the archive's files, the audit log and SQLite."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .configuration import configure
from .mailbox_side import mailbox_side
from .measuring import Figure, remove


CALLS = "fsync,fdatasync,sync_file_range,msync,sync,syncfs"
PROMISED = 200
"""Of how many shipments the run is whose beginning and end weigh little enough."""
MOST = {1: 10, 8: 8}
"""Syncs a shipment at most, by the number of workers."""


def syncs(directory: Path, count: int, workers: int) -> Sequence[Figure]:
    """The syncs of a whole pull, its beginning and end included, for each shipment."""
    name = f"syncs a shipment, {workers} worker{'s' * (workers > 1)}"
    limit = f"≤ {MOST[workers]}" if count >= PROMISED else ""
    try:
        found = _counted(directory, count, workers) / count
    except (OSError, subprocess.CalledProcessError) as error:
        return [Figure(f"{name}: no strace ({type(error).__name__})", None, limit=limit, held=None)]
    return [Figure(name, found, unit="", limit=limit, held=not limit or found <= MOST[workers])]


def _counted(directory: Path, count: int, workers: int) -> int:
    table = directory / "syncs"
    strace = ["strace", "--follow-forks", "--summary-only", f"--trace={CALLS}", f"--output={table}"]
    with mailbox_side(directory, count) as side:
        config = configure(directory, side.url, ca_file=side.ca_file, acknowledge="auto", workers=workers)
        pull = [sys.executable, "-m", "benchmarks.pulling", str(config), str(count), str(count)]
        subprocess.run([*strace, *pull], capture_output=True, check=True)
    remove(directory / "archive")
    lines = (line.split() for line in table.read_text().splitlines())
    return sum(int(fields[3]) for fields in lines if fields and fields[-1] in CALLS.split(","))

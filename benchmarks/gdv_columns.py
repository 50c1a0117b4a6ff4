"""A GDV file by columns, as a process of its own: `python -m benchmarks.gdv_columns WORK FILE`.

The layouts are loaded before, by a file of one record: that is done once, whatever the files' size.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from bipro_sync.gdv.tables import columns

from .measuring import tell


LINE = 258


def ours(path: Path) -> None:
    """Every field of every record, column by column."""
    for table in columns(path).tables:
        for column in table.values():
            column.decoded()


def bare(path: Path) -> None:
    """The same bytes once into memory and once more turned by numpy, so that each column lies together; no values."""
    np.ascontiguousarray(np.fromfile(path, dtype=np.uint8).reshape(-1, LINE)[:, :256].T)


if __name__ == "__main__":
    work, path = {"ours": ours, "bare": bare}[sys.argv[1]], Path(sys.argv[2])
    columns(b"9999")
    begun, processor = time.perf_counter(), time.process_time()
    work(path)
    tell(time.perf_counter() - begun, processor=time.process_time() - processor)

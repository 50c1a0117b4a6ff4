"""What is done with a GDV file, as a process of its own: `python -m benchmarks.gdv_work WORK FILE [FILE]`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from struct import Struct

from bipro_sync.gdv import parts, read
from bipro_sync.gdv.choosing import part_of
from bipro_sync.gdv.differences import differences
from bipro_sync.gdv.grouping import groups

from .measuring import tell


def by_records(path: Path) -> None:
    """Every field of every record as its value."""
    for record in read(path):
        record.values()


def bare_records(path: Path) -> None:
    """Every record cut into its fields' bytes by the standard library, the part known beforehand; no values."""
    cut: dict[bytes, Callable[[bytes], tuple[bytes, ...]]] = {}
    with path.open("rb") as file:
        for line in file:
            start = line[:13]
            if start not in cut:
                found = part_of(line[:256]) or parts()[0]
                cut[start] = Struct("".join(f"{field.length}s" for field in found.fields) + "2s").unpack
            cut[start](line)


def compared(old: Path, new: Path) -> None:
    """All differences, told to nobody."""
    for _ in differences(read(old), read(new)):
        pass


def grouped(*paths: Path) -> None:
    """Each file's groups with their digests: what comparing and indexing cannot do without."""
    for path in paths:
        for group in groups(read(path)):
            group.digest()


WORKS: Mapping[str, Callable[..., None]] = {
    "by_records": by_records,
    "bare_records": bare_records,
    "compared": compared,
    "grouped": grouped,
}


if __name__ == "__main__":
    work, paths = WORKS[sys.argv[1]], [Path(each) for each in sys.argv[2:]]
    begun, processor = time.perf_counter(), time.process_time()
    work(*paths)
    tell(time.perf_counter() - begun, processor=time.process_time() - processor)

"""Fill an archive that a first pull has begun as years of pulls would have.

All rows of the catalogue are there.  Of the directories there is one shipment's in fifty, without files, and the log
has half a million records: whatever walks the one or reads the other would show with these too.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from .big_catalogue import fill_catalogue
from .big_log import fill_log
from .configuration import INSURER
from .measuring import tell
from .messages import shipment_id
from .months import month_of


DIRECTORIES = 20_000
LOGGED = 100_000
"""Shipments in the log at most, with five records each."""


def make_directories(shipments: Path, count: int) -> None:
    """Make the directories of up to :data:`DIRECTORIES` shipments, in all months."""
    for number in range(1, count + 1, max(1, count // DIRECTORIES)):
        (shipments / INSURER / month_of(number, count) / shipment_id(number)).mkdir(parents=True)


if __name__ == "__main__":
    archive, size = Path(sys.argv[1]), int(sys.argv[2])
    begun = time.perf_counter()
    fill_catalogue(archive / "catalog.db", size)
    fill_log(archive / "audit", min(size, LOGGED))
    make_directories(archive / "shipments", size)
    tell(time.perf_counter() - begun)

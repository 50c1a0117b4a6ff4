"""What a run pays at its end for a signed checkpoint: the records since the last one, whatever the log's size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from bipro_sync.anchors.sealing import Seal
from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.audit.key_file import make_key
from bipro_sync.config import AuditSection
from bipro_sync.model.ports import SystemClock

from .big_log import fill_log
from .measuring import Figure


_SESSION = Session("0123456789abcdef", "schedule", None, None, None, None, "nobody", "benchmark")
_RECORDS = 5
"""What :func:`fill_log` writes of a shipment."""

_BETWEEN = 100
"""Records between two checkpoints, as a run of twenty shipments has them."""

_ALLOWED = 0.05
"""Seconds."""


def sealing(directory: Path, *, shipments: int, times: int) -> Iterator[Figure]:
    """Seal a log of so many shipments' records for the first time, and then again after each run."""
    log, clock = directory / "audit", SystemClock()
    log.mkdir()
    fill_log(log, shipments)
    key = directory / "audit.key"
    make_key(key, "bipro-sync")
    audit = AuditLog(log, session=_SESSION, clock=clock)
    seal = Seal(AuditSection(key=key.as_posix(), anchors=()), log, clock, audit)
    records = f"a log of {shipments * _RECORDS:,} records"
    yield Figure(f"first checkpoint of {records}", _seconds(seal))
    found = []
    for _ in range(times):
        for _ in range(_BETWEEN):
            audit.write(RecordType.READ, durable=False, detail="one of a run's")
        found.append(_seconds(seal))
    audit.close()
    median = statistics.median(found)
    yield Figure(f"each further one of {records}", median, limit=f"<= {_ALLOWED} s", held=median <= _ALLOWED)


def _seconds(seal: Seal) -> float:
    begun = time.perf_counter()
    seal.put()
    return time.perf_counter() - begun

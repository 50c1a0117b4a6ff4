"""Append durable records to a log by several threads at once, with the lock between processes; tell the time."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.model.ports import SystemClock

from .measuring import tell


SESSION = Session("0123456789abcdef", "schedule", None, None, None, None, "nobody", "benchmark")


def _append(log: AuditLog, count: int, begin: threading.Barrier) -> None:
    begin.wait()
    for number in range(count):
        log.write(RecordType.ACK_DECISION, insurer="muster", shipment=f"B-{number}", detail="acknowledge")


if __name__ == "__main__":
    directory, threads, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    log = AuditLog(directory, session=SESSION, clock=SystemClock())
    begin = threading.Barrier(threads + 1)
    working = [threading.Thread(target=_append, args=(log, count, begin)) for _ in range(threads)]
    for thread in working:
        thread.start()
    begin.wait()
    begun = time.perf_counter()
    for thread in working:
        thread.join()
    seconds = time.perf_counter() - begun
    log.close()
    tell(seconds)

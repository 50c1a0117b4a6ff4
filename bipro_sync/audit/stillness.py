"""Holds the log still while a checkpoint is drawn up, and makes sure that what it covers outlives a power cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..durable import LockOfAnother, exists, make_file_durable, names


_SEGMENT = re.compile(r"audit-\d{6,}\.jsonl")


@contextmanager
def standing_still(directory: Path) -> Iterator[None]:
    """
    Let no process append to the log in *directory* meanwhile; whatever is in it is on the device.

    A line that is only in memory, or is taken back by a writer whose disk is full, must stand in no checkpoint: the
    log would contradict it ever after.
    """
    lock = directory / ".lock"
    if not exists(lock):
        yield
        return
    with LockOfAnother(lock):
        segments = [name for name in names(directory) if _SEGMENT.fullmatch(name)]
        if segments:
            # A segment is durable before the next one is begun.
            make_file_durable(directory / max(segments, key=lambda name: (len(name), name)))
        yield

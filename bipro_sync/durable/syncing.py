"""What writing, naming and removing have in common: the directory that changes is opened before and fsynced after."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def synced_directory(path: Path) -> Iterator[None]:
    """
    Open the directory, and fsync it once the block has changed it and ended well.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """
    Write all of *data*, however often the system takes but a part.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

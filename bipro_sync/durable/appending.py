"""A file that only grows, line by line, and is broken for good once the device refused to keep it."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import StorageError
from .problems import errors
from .syncing import synced_directory, write_all


class AppendFile:
    """
    A file that only grows; after a failed fsync it *is broken*, and takes nothing more.
    """

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self.path = path
        self.is_broken = False
        self._synced = True
        with errors("open", path), synced_directory(path.parent):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)

    def size(self) -> int:
        """
        Return the size in bytes, other processes' appends included.
        """
        with errors("look at", self.path):
            return os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """
        Return up to *length* bytes from *offset*.
        """
        with errors("read", self.path):
            return os.pread(self._descriptor, length, offset)

    def append(self, data: bytes) -> None:
        """
        Append *data*, which :meth:`sync` makes durable.

        A write that stopped half-way is taken back, so that a full disk leaves whole lines only.
        """
        self._demand_whole()
        before = self.size()
        try:
            with errors("append to", self.path):
                write_all(self._descriptor, data)
        except StorageError:
            self.truncate(before)
            raise
        self._synced = False

    def sync(self) -> None:
        """
        Make durable what was appended here; nothing is done where nothing was.
        """
        if self._synced:
            return
        self._demand_whole()
        try:
            with errors("make durable", self.path):
                os.fsync(self._descriptor)
        except StorageError:
            self.is_broken = True
            raise
        self._synced = True

    def sync_all(self) -> None:
        """
        Make durable what was appended here and by other processes.
        """
        self._synced = False
        self.sync()

    def _demand_whole(self) -> None:
        if self.is_broken:
            raise StorageError(f"{self.path} failed before and takes nothing more in this run.")

    def truncate(self, size: int) -> None:
        """
        Cut the file to *size* bytes.
        """
        with errors("cut", self.path):
            os.ftruncate(self._descriptor, size)

    def close(self) -> None:
        """
        Close the file.
        """
        os.close(self._descriptor)

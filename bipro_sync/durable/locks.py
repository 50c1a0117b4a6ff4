"""Kernel locks, which end with the process that holds them, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from .problems import errors


class FileLock:
    """
    An exclusive kernel lock on a file of its own; the kernel frees it when the process ends, however it ends.
    """

    _FLAGS = os.O_RDWR | os.O_CREAT

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool, shared: bool = False) -> bool:
        """
        Take the lock and return True; without *wait*, return False where another process holds it.

        Any number may hold it *shared*, and then nobody alone.
        """
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        with errors("lock", self.path):
            descriptor = os.open(self.path, self._FLAGS | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """
        Free the lock.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire(wait=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class LockOfAnother(FileLock):
    """
    The same on a file that is there already and may be another user's, who lets it be read.
    """

    _FLAGS = os.O_RDONLY


class DirectoryLock(FileLock):
    """
    The same on a directory, where a file of its own would be in the way.
    """

    _FLAGS = os.O_RDONLY | os.O_DIRECTORY

"""What the system reports, as an error of ours: what could not be done, with which file, and why."""

from __future__ import annotations

import errno
from pathlib import Path

from ..errors import DiskFullError, StorageError


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_error(action: str, path: Path | str, error: OSError) -> StorageError:
    """
    Return the error of ours that says what could not be done, with which file, and why.
    """
    reason = error.strerror or type(error).__name__
    if error.errno == errno.EROFS:
        reason += " (a unit of systemd writes only where its ReadWritePaths= let it)"
    kind = DiskFullError if error.errno in _FULL else StorageError
    return kind(f"Cannot {action} {path}: {reason}.")


class errors:  # noqa: N801 - reads as the function that it would be, were there not fifty of it a shipment
    """
    A block in which what the system reports becomes an error of ours; it may be entered again.
    """

    __slots__ = ("_action", "_path")

    def __init__(self, action: str, path: Path | str) -> None:
        self._action = action
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise storage_error(self._action, self._path, error) from error

"""Removing what processes left beside the catalogue that died while they made one; never the catalogue itself."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from ..durable import DirectoryLock, names, storage_error
from .database import clear, draft_of


_KEPT = r"\.[0-9]{8}T[0-9]{6}\.[0-9]{6}Z"


def rebuilding_of(path: Path) -> Path:
    """
    Return where the catalogue at *path* is made again.
    """
    return path.with_name(f"{path.name}.rebuilding")


def kept_of(path: Path, now: datetime) -> Path:
    """
    Return the name under which the catalogue at *path* is kept once another has its place.
    """
    return path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%S.%fZ}")


def kept_names(path: Path) -> re.Pattern[str]:
    """
    Return what the names look like under which catalogues are kept beside the one at *path*.
    """
    return re.compile(re.escape(path.name) + _KEPT)


def clear_leftovers(path: Path) -> None:
    """
    Remove the drafts of dead processes, and a second name that a catalogue still in its place was given to be kept.

    The caller uses the catalogue at *path*, or makes it again: so nobody else makes it again meanwhile.  Raises
    :class:`~bipro_sync.errors.StorageError`.
    """
    try:
        draft = draft_of(path)
        if os.path.lexists(draft):
            # Others may still be beginning it, though it is there: they look at it under this lock.
            with DirectoryLock(path.parent):
                clear(draft)
        for each in (draft_of(rebuilding_of(path)), rebuilding_of(path), *_second_names(path)):
            if os.path.lexists(each):
                clear(each)
    except OSError as error:
        raise storage_error("tidy up beside", path, error) from error


def _second_names(path: Path) -> list[Path]:
    if not path.exists() or path.stat().st_nlink == 1:
        return []
    kept = kept_names(path)
    found = (path.with_name(name) for name in names(path.parent) if kept.fullmatch(name))
    return [each for each in found if not each.is_symlink() and each.samefile(path)]

"""Putting a finished catalogue in the place of another, which is kept; a crash leaves one of them or none."""

from __future__ import annotations

from pathlib import Path

from ..durable import exists, give_name, remove_file, take_place
from ..errors import StorageError
from .database import SIDES


def put_in_place(draft: Path, path: Path, kept: Path) -> bool:
    """
    Let *draft*, whole and durable, stand as *path*; what stood there is kept as *kept*, its side files beside it.

    Returns whether anything was kept.  Nobody may use the catalogue meanwhile.  A crash leaves the old catalogue or
    the new one; only where the old one was not closed in good order there is a moment with none, which is exit 14
    until this is repeated.
    """
    ends = [end for end in ("", *SIDES) if exists(_with(path, end))]
    for end in ends:
        if not give_name(_with(path, end), _with(kept, end)):
            raise StorageError(f"{_with(kept, end)} exists already, so the old catalogue cannot be kept.")
    if ends not in ([], [""]):
        # Beside the new file SQLite would take them for its own; without them the old file would lack what they hold.
        for end in ("", *SIDES):
            remove_file(_with(path, end))
    take_place(draft, path)
    return bool(ends)


def _with(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)

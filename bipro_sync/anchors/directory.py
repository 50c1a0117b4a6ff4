"""An anchor that is a directory, or a mount: each checkpoint becomes a file there, byte for byte, never replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..audit.note_files import NOTE, note_name, note_names, size_in
from ..config import DirectoryAnchor
from ..durable import exists, is_directory, names, read_whole, remove_drafts, replace
from ..errors import AnchorError
from .delivery import Delivery


MOST_MADE_UP = 100
"""Older checkpoints that are brought along at once; a new disk gets the rest run by run."""


def bring(anchor: DirectoryAnchor, delivery: Delivery) -> bool:
    """
    Write the newest checkpoint, then those that are missing; return whether none is missing any more.

    Durable when it returns, as far as the file system there keeps its word.  Raises
    :class:`~bipro_sync.errors.AnchorError` where the directory is not there, or is not the one it was.
    """
    place = _Place(anchor.path, delivery.origin)
    if not is_directory(anchor.path):
        raise AnchorError(f"{anchor.path} is no directory, or not mounted")
    known = delivery.memory.size
    if known and not exists(place.path_of(note_name(known))):
        # An empty mount point would take the files, and no other machine would have them.
        raise AnchorError(
            f"{anchor.path} lacks the checkpoint of {known} records that was brought there; it is another disk, or not "
            "mounted"
        )
    remove_drafts(anchor.path, rf"{re.escape(delivery.origin)}-{NOTE.pattern}")
    place.put(note_name(delivery.size), delivery.note)
    missing = list(place.missing(delivery))
    for name in missing[:MOST_MADE_UP]:
        place.put(name, read_whole(delivery.directory / name))
    return len(missing) <= MOST_MADE_UP


class _Place:
    """
    The directory at *root*, as far as it is one log's.
    """

    def __init__(self, root: Path, origin: str) -> None:
        self._root = root
        self._prefix = f"{origin}-"

    def path_of(self, name: str) -> Path:
        return self._root / f"{self._prefix}{name}"

    def put(self, name: str, note: bytes) -> None:
        path = self.path_of(name)
        if not exists(path):
            replace(path, note, 0o444, exactly=True)
        elif read_whole(path) != note:
            raise AnchorError(
                f"{path} says something else than our checkpoint of that size: one of the two logs was rewritten, or "
                "two share a name; keep both"
            )

    def missing(self, delivery: Delivery) -> Iterator[str]:
        """
        Yield the older checkpoints that are not there, the newest first; the directory is looked through only where
        that is in doubt.
        """
        kept = [name for name in note_names(delivery.directory) if size_in(name) < delivery.size]
        if delivery.memory.complete:
            kept = [name for name in kept if size_in(name) > delivery.memory.size]
        there = set() if not kept else set(names(self._root))
        return (name for name in reversed(kept) if f"{self._prefix}{name}" not in there)

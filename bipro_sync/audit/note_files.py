"""How the files of checkpoints and of their time stamps are called, without a look into them."""

from __future__ import annotations

import re
from pathlib import Path

from ..durable import names


NOTE = re.compile(r"(\d{12})\.note")
_STAMP = re.compile(r"(\d{12})\.([^.]+)\.tsr")


def note_name(size: int) -> str:
    """
    Return the file name of the checkpoint of *size* records.
    """
    return f"{size:012d}.note"


def note_names(directory: Path) -> list[str]:
    """
    Return the file names of the checkpoints in *directory*, oldest first.
    """
    return sorted(name for name in names(directory) if NOTE.fullmatch(name))


def size_in(name: str) -> int:
    """
    Return the number of records that the file name of a checkpoint names.
    """
    return int(name.partition(".")[0])


def newest_size(log: Path) -> int:
    """
    Return how many records the newest checkpoint of the log in *log* names; 0 where there is none.
    """
    return max(map(size_in, note_names(log / "checkpoints")), default=0)


def stamp_name(size: int, anchor: str) -> str:
    """
    Return the file name of the time stamp that an anchor gave to the checkpoint of *size* records.
    """
    return f"{size:012d}.{anchor}.tsr"


def stamps_in(directory: Path) -> list[tuple[int, str]]:
    """
    Return the size and the anchor of each time stamp in *directory*, the smallest checkpoint's first.
    """
    return sorted((int(found[1]), found[2]) for found in map(_STAMP.fullmatch, names(directory)) if found)

"""How the checkpoints' files are called, without a look into them."""

from __future__ import annotations

import re
from pathlib import Path

from ..durable import names


NOTE = re.compile(r"(\d{12})\.note")


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

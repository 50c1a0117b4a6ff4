"""What is asked of a reading process and what it answers; both sides know only this of each other."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """
    What came of one file.
    """

    READ = "read"
    CUT = "cut"
    """The beginning was read; the rest was too much."""
    EMPTY = "empty"
    """It has no text: a scan, say."""
    LOCKED = "locked"
    """It wants a password."""
    UNREADABLE = "unreadable"
    """It is no PDF that can be read."""
    TOO_LARGE = "too-large"
    """It was not begun."""
    KILLED = "killed"
    """It took too long, or too much memory, or its reader died of it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much one file may cost: seconds of the processor before the reading is cut, and before it is killed; seconds
    of the clock; bytes of address space, of the file, and of its text in UTF-8.
    """

    cut_after: float = 10.0
    kill_after: int = 20
    patience: float = 60.0
    memory: int = 512 << 20
    file: int = 64 << 20
    text: int = 4 << 20

    def encode(self) -> str:
        """
        Return the limits as one word of a command line.
        """
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, word: str) -> Limits:
        """
        Return the limits that :meth:`encode` wrote.
        """
        return cls(**json.loads(word))


@dataclass(frozen=True, slots=True)
class Reading:
    """
    A file's text, and what came of reading it.
    """

    outcome: Outcome
    text: str = ""

"""What a check of the audit log finds, segment by segment, as values that processes can hand to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from .merkle import Subtree


ZEROS = "0" * 64
"""What the first record refers to."""

SET_BACK = timedelta(minutes=5)
"""By how much a record may be dated before one that was written before it: a clock that is put right moves so far."""

Place: TypeAlias = tuple[int, str]
"""A record's number and its line's hash."""


class DamageError(Exception):
    """
    The record *seq* is not what it was, or not where it was; *reason* says why, *before* what is right before it.
    """

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(seq, reason)
        self.seq = seq
        self.reason = reason
        self.before: Checked | None = None


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """
    A call that was announced and has no outcome: it may or may not have reached the insurer.
    """

    seq: int
    ts: str
    insurer: str | None
    operation: str | None
    shipment: str | None


@dataclass(frozen=True, slots=True)
class SetBack:
    """
    From record *seq* on, dated *ts*, records tell times before some written before them: a clock was moved.
    """

    seq: int
    ts: str


@dataclass(frozen=True, slots=True)
class Restored:
    """
    Record *seq*, of the time *ts*, says that a backup was restored which ends before it.

    *anchored* is the size of the newest checkpoint that anchors knew of the log as it was before; None where no anchor
    was asked.
    """

    seq: int
    ts: str
    anchored: int | None

    @property
    def lost(self) -> int:
        """
        The number of records that anchors knew and the backup did not have.
        """
        return max((self.anchored or 0) - self.seq + 1, 0)

    def __str__(self) -> str:
        told = f"a backup was restored before record {self.seq}, {self.ts}"
        if self.lost:
            return f"{told}: {self.lost} record(s) that anchors know, {self.seq} to {self.anchored}, are gone"
        if self.anchored is None:
            return f"{told}; no anchor was asked what is gone"
        return f"{told}; anchors know nothing that it did not have"


@dataclass(frozen=True, slots=True)
class End:
    """
    Where a walk stands: number, hash and time of the last record, the latest time of any so far, and each insurer's
    last number and hash.
    """

    seq: int = 0
    digest: str = ZEROS
    ts: str = ""
    latest: str = ""
    insurers: dict[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """
    What a segment's first record says of itself and of the one before it, and each insurer's first one likewise.
    """

    seq: int
    prev: str
    ts: str
    insurers: dict[str, Place]


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Some records in a row: where they end, and the complete subtrees over their lines.
    """

    end: End
    subtrees: list[Subtree]


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What a segment holds that hangs together in itself; *opening* is None where there is no whole record in it.

    *announced* are its calls without an outcome here, *answered* those whose intent is not here; *signed* are the sizes
    of which its records say that a checkpoint was signed, *restored* the records that tell of a restored backup.
    """

    opening: Opening | None
    stretches: list[Stretch]
    torn_bytes: int
    announced: dict[str, OpenIntent]
    answered: set[str]
    set_back: list[SetBack]
    signed: list[int]
    restored: list[Restored]


def is_early(ts: str, other: str) -> bool:
    """
    Say whether a time as the log writes it lies before another by more than a clock that is put right moves.
    """
    if ts >= other:
        return False
    try:
        return datetime.fromisoformat(other) - datetime.fromisoformat(ts) > SET_BACK
    except (TypeError, ValueError):
        return True

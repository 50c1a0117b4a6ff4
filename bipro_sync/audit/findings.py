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
    of which its records say that a checkpoint was signed.
    """

    opening: Opening | None
    stretches: list[Stretch]
    torn_bytes: int
    announced: dict[str, OpenIntent]
    answered: set[str]
    set_back: list[SetBack]
    signed: list[int]


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

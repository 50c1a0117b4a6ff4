"""Who keeps silent for longer than expected, and why that may be: four different things, which are never mixed up.

*Reachable but empty* says nothing of us; *not reachable*, *never ran* and *refused* each want another person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..catalog import RUNNING, InsurerSummary
from ..config import Duration, Expected
from ..errors import BiproSyncError, InsurerError, LoginError, MissingRightError
from ..model.kinds import Kind
from .memory import RunMemory
from .results import RunOutcome


class Reach(StrEnum):
    """
    How far an insurer's runs come.
    """

    REACHABLE = "reachable"
    """The mailbox was listed: where something is missing, it did not lie in it."""
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """The login was, or the right to list or to fetch is missing."""
    NEVER_RAN = "never-ran"
    """There was no run, or none for longer than a delivery may take."""
    FAILED = "failed"
    """The run failed here: a full disk, a crash, somebody ended it."""


def _codes(error: type[BiproSyncError]) -> frozenset[str]:
    return frozenset({error.code}).union(*map(_codes, error.__subclasses__()))


_REFUSED = _codes(LoginError) | _codes(MissingRightError) | {RunOutcome.BLOCKED}
_UNREACHABLE = _codes(InsurerError) - _codes(MissingRightError)
_REACHED = frozenset({RunOutcome.OK, RunOutcome.PARTIAL})


def outcome_of(summary: InsurerSummary, memory: RunMemory) -> str | None:
    """
    Return how an insurer's last run ended of those that have: what is under way says nothing yet.
    """
    return memory.last_outcome if summary.last_outcome == RUNNING else summary.last_outcome


def reach_of(summary: InsurerSummary, memory: RunMemory) -> Reach:
    """
    Return how far an insurer's last run has come, by the outcome that it noted.
    """
    outcome = outcome_of(summary, memory)
    if summary.last_attempt_at is None or outcome is None:
        return Reach.NEVER_RAN
    if outcome in _REACHED:
        return Reach.REACHABLE
    if outcome in _REFUSED:
        return Reach.REFUSED
    return Reach.UNREACHABLE if outcome in _UNREACHABLE else Reach.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """
    How often something of a kind is expected, of an insurer or for one broker number, and how that stands.

    *why* is None while nothing is overdue; *grave* says that it is so for twice as long as allowed.
    """

    kind: Kind
    number: str | None
    expected: Duration
    last_delivery_at: datetime | None
    why: Reach | None
    grave: bool

    @property
    def silence(self) -> str | None:
        """
        In a word, why nothing came for so long: `empty` (and reachable), or how far the runs come.
        """
        return "empty" if self.why is Reach.REACHABLE else self.why

    def as_json(self) -> dict[str, object]:
        """
        Return the object of `status --json`.
        """
        return {
            "kind": self.kind,
            "broker_number": self.number,
            "expected": str(self.expected),
            "last_delivery_at": self.last_delivery_at.isoformat() if self.last_delivery_at else None,
            "silent": self.silence,
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """
    What is known of one insurer *now*, by which its silences are told apart.
    """

    expected: Expected
    summary: InsurerSummary
    memory: RunMemory
    now: datetime

    def passed(self, length: Duration, since: datetime) -> bool:
        return length.has_passed(since, self.now, self.expected.days)

    def cadence(self, kind: Kind, number: str | None, length: Duration, last: datetime | None) -> Cadence:
        since = last or self.memory.first_run_at or self.summary.last_attempt_at
        silent = since is None or self.passed(length, since)
        return Cadence(
            kind=kind,
            number=number,
            expected=length,
            last_delivery_at=last,
            why=self.why(kind, length) if silent else None,
            grave=silent and since is not None and self.passed(length.twice, since),
        )

    def why(self, kind: Kind, length: Duration) -> Reach:
        attempt, success = self.summary.last_attempt_at, self.summary.last_success_at
        if any(each.kind in {kind, None} for each in self.memory.missing_rights):
            return Reach.REFUSED
        if attempt is None or self.passed(length, attempt):
            return Reach.NEVER_RAN
        if success is not None and not self.passed(length, success):
            return Reach.REACHABLE
        return reach_of(self.summary, self.memory)


def cadences(expected: Expected, summary: InsurerSummary, memory: RunMemory, now: datetime) -> tuple[Cadence, ...]:
    """
    Return how each thing stands that is expected of an insurer, by kind, and by broker number and kind.

    What never came is expected from the first run on.
    """
    known = _Known(expected, summary, memory, now)
    return tuple(_cadences(known))


def _cadences(known: _Known) -> Iterator[Cadence]:
    for kind, length in known.expected.kinds.items():
        last, _ = known.summary.deliveries.get(kind, (None, 0))
        yield known.cadence(kind, None, length, last)
    for number, lengths in known.expected.numbers.items():
        deliveries = known.memory.numbers.get(number, {})
        for kind, length in lengths.items():
            yield known.cadence(kind, number, length, deliveries.get(kind))

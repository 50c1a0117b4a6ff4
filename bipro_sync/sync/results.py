"""What a pull brought, insurer by insurer, as values for people and programs; it decides the exit code and no more."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from ..catalog import Entry
from ..errors import BiproSyncError, ExitCode, most_severe
from ..model.kinds import Kind
from ..model.states import TROUBLE, ShipmentState
from ..model.urgency import Urgency
from .mailbox import Mailbox
from .memory import MissingRight


class RunOutcome(StrEnum):
    """
    How a pull of one insurer ended.
    """

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    BLOCKED = "blocked"
    BUSY = "busy"
    SUSPENDED = "suspended"
    MISCONFIGURED = "misconfigured"


_OUTCOMES: Mapping[ExitCode, RunOutcome] = {
    ExitCode.OK: RunOutcome.OK,
    ExitCode.PARTIAL: RunOutcome.PARTIAL,
    ExitCode.LOGIN: RunOutcome.BLOCKED,
    ExitCode.BUSY: RunOutcome.BUSY,
    ExitCode.NOT_PERMITTED: RunOutcome.SUSPENDED,
    ExitCode.CONFIGURATION: RunOutcome.MISCONFIGURED,
}


@dataclass(slots=True)
class PlannedGroup:
    """
    What a dry run found of one category: how many, the oldest, and what a pull would do with them.
    """

    category: str | None
    meaning: str
    kind: Kind
    listed: int = 0
    oldest: datetime | None = None
    to_fetch: int = 0
    to_acknowledge: int = 0


@dataclass(slots=True)
class GdvCounts:
    """
    What became of GDV files: how many shipments were looked at, how many states of contracts and the like were new, how
    many shipments have files that could not be read or hold other brokers' data, and how many still wait.
    """

    indexed: int = 0
    new: int = 0
    unreadable: int = 0
    foreign: int = 0
    waiting: int = 0


@dataclass(slots=True)
class InsurerResult:
    """
    One insurer's part of a pull, on which its workers write at the same time; sizes in bytes.

    *touched* holds the shipments this run worked on, as they stand at its end, *missed* the ids that were asked
    for and did not come.  *missing_rights* is by kind, None for the list itself; *unfetched*
    are the shipments that stay listed because an earlier one of their kind met a missing right.  *delivered* are the
    kinds of what was stored, *delivered_for* the same by broker number, as sent, and *arrived* its ids.  *urgent* says
    which of these somebody must look at today, and why.  *clock_skew* is the insurer's clock minus ours, in seconds,
    *repeated* how many calls were made once more after a trouble that passes, *warnings* the codes of the insurer's
    warnings by shipment, *relisted* the shipments that were listed though acknowledged and are acknowledged once more,
    *taken_up* those that lie in the archive and were unfetched by the catalogue.
    *remarks* are for a person at each run, *asides* for whoever asks for all there is.  *planned* is filled by a dry
    run, *gdv* and *foreign*, the ids of those whose GDV files name broker numbers that are not ours, once all insurers
    of the run are through.
    """

    insurer: str
    listed: int = 0
    fetched: int = 0
    acknowledged: int = 0
    bytes: int = 0
    errors: list[BiproSyncError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    touched: dict[str, Entry] = field(default_factory=dict)
    stored: int = 0
    planned: list[PlannedGroup] | None = None
    gdv: GdvCounts = field(default_factory=GdvCounts)
    foreign: list[str] = field(default_factory=list)
    mailbox: Mailbox = field(default_factory=Mailbox)
    missed: list[str] = field(default_factory=list)
    missing_rights: dict[Kind | None, MissingRight] = field(default_factory=dict)
    unfetched: list[Entry] = field(default_factory=list)
    delivered: set[Kind] = field(default_factory=set)
    delivered_for: dict[str, set[Kind]] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)
    urgent: dict[str, Urgency] = field(default_factory=dict)
    clock_skew: float | None = None
    repeated: int = 0
    warnings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    relisted: list[str] = field(default_factory=list)
    taken_up: list[str] = field(default_factory=list)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def note_fetched(self, size: int) -> None:
        """
        Count a shipment that came, and its bytes.
        """
        with self._counting:
            self.fetched += 1
            self.bytes += size

    def note_stored(self, entry: Entry, numbers: Iterable[str]) -> None:
        """
        Count a shipment that is in the archive now; *numbers* are the broker numbers that stand in it.
        """
        with self._counting:
            self.stored += 1
            self.delivered.add(entry.kind)
            self.arrived.add(entry.id)
            for number in numbers:
                self.delivered_for.setdefault(number, set()).add(entry.kind)

    def note_acknowledged(self) -> None:
        """
        Count a shipment that the insurer was told it may delete.
        """
        with self._counting:
            self.acknowledged += 1

    @property
    def exit_code(self) -> ExitCode:
        """
        The most severe code of what went wrong; 3 where something of this run needs a person's eye: a shipment, a
        missing right, an id that was asked for and did not come.
        """
        codes = [error.exit_code for error in self.errors]
        if self.in_trouble or self.missing_rights or self.missed:
            codes.append(ExitCode.PARTIAL)
        return most_severe(codes)

    @property
    def not_acknowledged(self) -> int:
        """
        How many shipments of this run are stored and not known to be acknowledged.
        """
        owed = (ShipmentState.STORED, ShipmentState.ACK_INTENT, ShipmentState.ACK_UNKNOWN, ShipmentState.ACK_REFUSED)
        return sum(map(self.count, owed))

    @property
    def is_success(self) -> bool:
        """
        Whether the insurer was heard: the mailbox was listed, no error ended anything, and not all there was to do
        failed.  What fails for a missing right is an answer.
        """
        failed = any(
            entry.state is ShipmentState.FAILED and entry.kind not in self.missing_rights
            for entry in self.touched.values()
        )
        return self.mailbox_seen and not self.errors and (not failed or self.stored > 0)

    @property
    def mailbox_seen(self) -> bool:
        """
        Whether the insurer has positively listed its mailbox.
        """
        return self.mailbox.lists > 0

    @property
    def in_trouble(self) -> list[Entry]:
        """
        The shipments of this run that need a person's eye.
        """
        return [entry for entry in self.touched.values() if entry.state in TROUBLE]

    @property
    def outcome(self) -> RunOutcome:
        """
        The exit code in a word.
        """
        return _OUTCOMES.get(self.exit_code, RunOutcome.FAILED)

    @property
    def error(self) -> BiproSyncError | None:
        """
        The error the exit code stands for, if any.
        """
        return next((error for error in self.errors if error.exit_code == self.exit_code), None)

    def count(self, state: ShipmentState) -> int:
        """
        Return how many shipments of this run ended in *state*.
        """
        return sum(entry.state is state for entry in self.touched.values())

    def as_json(self) -> dict[str, object]:
        """
        Return the insurer's object of `pull --json`.
        """
        document: dict[str, object] = {
            "insurer": self.insurer,
            "outcome": self.outcome,
            "exit_code": int(self.exit_code),
            "listed": self.listed,
            "fetched": self.fetched,
            "stored": self.stored,
            "acknowledged": self.acknowledged,
            "not_acknowledged": self.not_acknowledged,
            "quarantined": self.count(ShipmentState.QUARANTINED) + self.count(ShipmentState.CONFLICT),
            "failed": self.count(ShipmentState.FAILED),
            "bytes": self.bytes,
            "error": self.error.as_json() if self.error else None,
            "remarks": [*self.remarks, *self.asides],
            "missing_rights": [{"kind": each.kind, "right": each.right} for each in self.missing_rights.values()],
            "clock_skew": None if self.clock_skew is None else round(self.clock_skew),
            "repeated": self.repeated,
            "urgent": [{"id": each, "urgency": urgency} for each, urgency in sorted(self.urgent.items())],
            "gdv": asdict(self.gdv),
            "shipments": [
                {
                    "id": entry.id,
                    "state": entry.state,
                    "category": entry.category,
                    "kind": entry.kind,
                    "path": str(entry.path) if entry.path and entry.stored_at else None,
                }
                for entry in self.touched.values()
            ],
        }
        if self.planned is not None:
            document["planned"] = [
                {
                    "category": group.category,
                    "meaning": group.meaning,
                    "kind": group.kind,
                    "listed": group.listed,
                    "oldest": group.oldest.isoformat() if group.oldest else None,
                    "to_fetch": group.to_fetch,
                    "to_acknowledge": group.to_acknowledge,
                }
                for group in self.planned
            ]
        return document


@dataclass(frozen=True, slots=True)
class PullResult:
    """
    A whole pull.
    """

    insurers: tuple[InsurerResult, ...]

    @property
    def exit_code(self) -> ExitCode:
        """
        The most severe of the insurers' codes.
        """
        return most_severe(result.exit_code for result in self.insurers)

    def as_json(self) -> dict[str, object]:
        """
        Return the document of `pull --json`.
        """
        return {"insurers": [result.as_json() for result in self.insurers], "exit_code": int(self.exit_code)}

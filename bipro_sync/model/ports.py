"""The seams between the rooms: who is told of a call, who guards a login, where bytes go, what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from .secret import Secret
from .shipment import SpooledPart


class Operation(StrEnum):
    """
    The calls that exist, by the norm's names where it has one.
    """

    ISSUE = "RequestSecurityToken"
    CANCEL = "CancelToken"
    """The end of a session, where the insurer's STS offers it."""
    HUB = "hubLogin"
    """No call of the norm: a hub before the insurer gives its bearer token."""
    CLOCK = "clock"
    """No call of the norm: a HEAD without any credential, for the insurer's time."""
    LIST = "listShipments"
    GET = "getShipment"
    ACKNOWLEDGE = "acknowledgeShipment"


class Outcome(StrEnum):
    """
    How a call ended, for the audit log.
    """

    OK = "ok"
    NOK = "nok"
    FAULT = "fault"
    REFUSED = "refused"
    NOT_SENT = "not-sent"
    UNKNOWN = "unknown"
    """Bytes were sent, and no complete answer came."""
    UNUSABLE = "unusable"
    """An answer came that is none of the norm."""
    STORAGE = "storage"
    """The answer could not be stored."""


@dataclass(frozen=True, slots=True)
class CallIntent:
    """
    A call about to be made.  *request_sha256* is over the request with secrets and tokens replaced, *certificate*
    the serial number of the one that the account proves itself with.
    """

    insurer: str
    account: str
    service: str
    operation: Operation
    exchange: str
    endpoint: str
    shipment: str | None
    request_sha256: str
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """
    What became of a call: sizes in bytes, duration in milliseconds, digests in hexadecimal; *process_id* and
    *reference* are the insurer's own names for it (ProzessID, Identifikationsnummer).
    """

    outcome: Outcome
    duration_ms: int
    http_status: int | None = None
    bipro_status: str | None = None
    process_id: str | None = None
    reference: str | None = None
    count: int | None = None
    bytes: int | None = None
    response_sha256: str | None = None
    detail: str | None = None


class CallObserver(Protocol):
    """
    Who is told of each call; the audit log, in earnest.
    """

    def intent(self, intent: CallIntent) -> str:
        """
        Record the intent and return the call's name; durable when it returns (invariant I2).

        Raises :class:`~bipro_sync.errors.StorageError` where it cannot: then no byte may leave.
        """
        ...

    def outcome(self, call: str, outcome: CallOutcome) -> None:
        """
        Record what became of the call named by :meth:`intent`.
        """
        ...


class LoginVerdict(StrEnum):
    """
    What became of a login attempt, in the breaker's eyes (invariant I7).
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Everything that is neither success nor positively temporary."""
    TEMPORARY = "temporary"
    NOT_SENT = "not-sent"
    UNKNOWN = "unknown"
    """Bytes were sent, no answer came."""


class LoginGate(Protocol):
    """
    The guard before each login; the breaker, in earnest.
    """

    def attempt(self, identity: str, secret: Secret, *, hub: bool) -> None:
        """
        Note the attempt durably, before it is sent; *hub* says whether it goes to a hub or to the insurer itself.

        Raises :class:`~bipro_sync.errors.BreakerOpenError` where an earlier refusal forbids it.
        """
        ...

    def conclude(self, verdict: LoginVerdict, reason: str) -> None:
        """
        Note durably what became of the attempt; *reason* holds no secret.
        """
        ...


class PartWriter(Protocol):
    """
    Takes the bytes of one part, in order.
    """

    def write(self, data: bytes) -> None:
        """
        Append *data*.  Raises :class:`~bipro_sync.errors.StorageError`.
        """
        ...

    def finish(self) -> SpooledPart:
        """
        End the part and say what was written.  Not yet durable: publishing the shipment makes it so.
        """
        ...


class PartSink(Protocol):
    """
    Where the wire puts what it receives, without knowing of files.
    """

    def envelope(self) -> PartWriter:
        """
        Open the writer for the SOAP root part; called once for each answer.
        """
        ...

    def part(self) -> PartWriter:
        """
        Open the writer for another file.
        """
        ...

    def restart(self) -> None:
        """
        Forget everything received so far: that answer did not count, and another may come.
        """
        ...


class Clock(Protocol):
    """
    The time, injected so that tests own it.
    """

    def now(self) -> datetime:
        """
        Return the wall-clock time, aware and in UTC.
        """
        ...

    def monotonic(self) -> float:
        """
        Return seconds that never go back, for durations.
        """
        ...


class SystemClock:
    """
    The clock of this machine.
    """

    def now(self) -> datetime:
        """
        Return the wall-clock time, aware and in UTC.
        """
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """
        Return seconds that never go back.
        """
        return time.monotonic()

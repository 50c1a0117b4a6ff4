"""The states of a shipment, the moves between them and what each failure means, as data; nothing here acts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ShipmentState(StrEnum):
    """
    Where a shipment stands between the insurer's mailbox and the end of its way.
    """

    LISTED = "listed"
    FETCHING = "fetching"
    STORED = "stored"
    ACK_INTENT = "ack_intent"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    HELD = "held"
    LEFT = "left"
    QUARANTINED = "quarantined"
    CONFLICT = "conflict"
    ACK_UNKNOWN = "ack_unknown"
    ACK_REFUSED = "ack_refused"
    VANISHED = "vanished"
    IMPORTED = "imported"
    """Archived by hand: no insurer was asked for it, and nothing is owed."""


_S = ShipmentState

TRANSITIONS: dict[ShipmentState, frozenset[ShipmentState]] = {
    _S.LISTED: frozenset({_S.FETCHING, _S.HELD, _S.LEFT, _S.VANISHED}),
    _S.FETCHING: frozenset({_S.STORED, _S.FAILED, _S.QUARANTINED, _S.CONFLICT, _S.LISTED, _S.VANISHED}),
    _S.STORED: frozenset({_S.ACK_INTENT, _S.ACKNOWLEDGED, _S.HELD, _S.CONFLICT}),
    _S.ACK_INTENT: frozenset({_S.ACKNOWLEDGED, _S.ACK_UNKNOWN, _S.ACK_REFUSED, _S.STORED, _S.QUARANTINED, _S.CONFLICT}),
    _S.ACKNOWLEDGED: frozenset({_S.ACK_INTENT, _S.CONFLICT}),
    _S.FAILED: frozenset({_S.FETCHING, _S.LISTED, _S.HELD, _S.VANISHED, _S.LEFT}),
    _S.HELD: frozenset({_S.LISTED, _S.STORED, _S.VANISHED}),
    _S.LEFT: frozenset({_S.LISTED, _S.VANISHED}),
    _S.QUARANTINED: frozenset({_S.LISTED, _S.STORED, _S.ACK_INTENT}),
    _S.CONFLICT: frozenset({_S.STORED, _S.ACK_INTENT}),
    _S.ACK_UNKNOWN: frozenset({_S.ACK_INTENT, _S.ACKNOWLEDGED, _S.ACK_REFUSED, _S.CONFLICT, _S.HELD}),
    _S.ACK_REFUSED: frozenset({_S.STORED, _S.ACK_INTENT, _S.ACKNOWLEDGED, _S.CONFLICT}),
    _S.VANISHED: frozenset({_S.LISTED}),
    _S.IMPORTED: frozenset(),
}
"""From each state, the states that may follow; every change names the expected old state (compare and swap)."""

TO_FETCH = frozenset({_S.LISTED, _S.FAILED})
"""States whose shipment still lies at the insurer only."""

ACK_OWED = frozenset({_S.STORED, _S.ACK_INTENT, _S.ACK_UNKNOWN})
"""States whose shipment is stored and whose acknowledgement is not known to have arrived."""

OPEN = TO_FETCH | ACK_OWED | {_S.FETCHING}
"""States that recovery and the next run look at; everything else costs nothing."""

WAITING = TO_FETCH | {_S.FETCHING, _S.HELD}
"""States in which the end of a shipment's availability must not pass unseen."""

STORED_BYTES = frozenset(
    {_S.STORED, _S.ACK_INTENT, _S.ACKNOWLEDGED, _S.ACK_UNKNOWN, _S.ACK_REFUSED, _S.QUARANTINED, _S.CONFLICT}
) | {_S.IMPORTED}
"""States that promise bytes in the archive or the quarantine."""

FOUND_AGAIN = frozenset(
    {
        (_S.LISTED, _S.FETCHING),
        (_S.FAILED, _S.FETCHING),
        (_S.FETCHING, _S.STORED),
        (_S.ACK_INTENT, _S.ACKNOWLEDGED),
    }
)
"""Moves whose entry in the ledger need not survive a power cut by itself: the next run finds out the same, from the
files (what is stored is found where it lies) and from the insurer's lists (what was acknowledged is not in them)."""

TROUBLE = frozenset({_S.FAILED, _S.QUARANTINED, _S.CONFLICT, _S.VANISHED, _S.ACK_REFUSED})
"""States that make a run partial (exit 3) when a shipment enters them in it."""


class Failure(StrEnum):
    """
    Why a fetched shipment is not simply stored.
    """

    TRANSPORT = "transport"
    FRAMING = "framing"
    MISSING_PART = "missing-part"
    NOT_OK = "not-ok"
    MISSING_RIGHT = "missing-right"
    NOT_SOAP = "not-soap"
    REFUSED_XML = "refused-xml"
    WRONG_COUNT = "wrong-count"
    WRONG_CHECKSUM = "wrong-checksum"
    LINK_ONLY = "link-only"
    FOREIGN_BROKER = "foreign-broker"
    OTHER_ID = "other-id"
    MALWARE = "malware"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a failure leads to.

    *attempts* is the number of runs after which the last bytes received go into quarantine (None: never,
    the shipment stays `failed` and is tried again); *shown* says whether quarantined bytes may be shown and
    handed over.
    """

    attempts: int | None
    shown: bool


FAILURES: dict[Failure, Verdict] = {
    Failure.TRANSPORT: Verdict(attempts=None, shown=False),
    Failure.FRAMING: Verdict(attempts=None, shown=False),
    Failure.MISSING_PART: Verdict(attempts=None, shown=False),
    Failure.NOT_OK: Verdict(attempts=None, shown=False),
    Failure.MISSING_RIGHT: Verdict(attempts=None, shown=False),
    Failure.NOT_SOAP: Verdict(attempts=None, shown=False),
    Failure.REFUSED_XML: Verdict(attempts=None, shown=False),
    Failure.WRONG_COUNT: Verdict(attempts=3, shown=True),
    Failure.WRONG_CHECKSUM: Verdict(attempts=3, shown=True),
    Failure.LINK_ONLY: Verdict(attempts=1, shown=True),
    Failure.FOREIGN_BROKER: Verdict(attempts=1, shown=False),
    Failure.OTHER_ID: Verdict(attempts=1, shown=False),
    Failure.MALWARE: Verdict(attempts=1, shown=False),
    Failure.CONFLICT: Verdict(attempts=1, shown=True),
}
"""The failure table: transport troubles are repeated, wrong contents are kept aside, foreign data at once."""

"""What the audit log tells of one shipment, as a few words in order; nothing here reads the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .kinds import Kind


class Word(StrEnum):
    """
    One thing the log tells of a shipment.
    """

    FETCH = "fetch"
    """It is about to be fetched."""
    UNFETCHED = "unfetched"
    """The call to fetch it never left."""
    FAILED = "failed"
    """It was not delivered."""
    LEFT = "left"
    """A rule leaves it at the insurer."""
    VANISHED = "vanished"
    DECIDED = "decided"
    """It is about to be acknowledged; no call was made so far."""
    SENT = "sent"
    """The call to acknowledge it is about to be made."""
    CONFIRMED = "confirmed"
    UNKNOWN_ID = "unknown-id"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    """Nobody knows whether the acknowledgement was carried out."""
    NOT_CARRIED_OUT = "not-carried-out"
    """The acknowledgement surely was not."""
    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Told:
    """
    One word about one shipment.

    *seq* is the record's number in the log, *at* its time in UTC, *run* the run that wrote it; *kind* is what was
    fetched, *detail* the record's sentence.
    """

    insurer: str
    account: str
    shipment: str
    seq: int
    word: Word
    at: datetime
    run: str
    kind: Kind | None = None
    detail: str | None = None

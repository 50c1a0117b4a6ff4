"""What an operator may decide about a shipment and where that leads, as data; nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .states import ShipmentState


class Decision(StrEnum):
    """
    The decisions there are, by the commands' names.
    """

    HOLD = "hold"
    """It stays where it is: not fetched, or not acknowledged."""
    RELEASE = "release"
    """The hold ends."""
    RETRY = "retry"
    """The next pull tries once more what did not go well."""
    ACK = "ack"
    """It is acknowledged now; the insurer deletes it after that."""


_S = ShipmentState

_LEADS_TO: Mapping[Decision, Mapping[ShipmentState, ShipmentState]] = {
    Decision.HOLD: {
        _S.LISTED: _S.HELD,
        _S.FAILED: _S.HELD,
        _S.STORED: _S.HELD,
        _S.ACK_UNKNOWN: _S.HELD,
    },
    Decision.RELEASE: {_S.HELD: _S.LISTED},
    Decision.RETRY: {
        _S.FAILED: _S.LISTED,
        _S.QUARANTINED: _S.LISTED,
        # What is stored stays; the insurer's present delivery is compared with it before anything is acknowledged.
        _S.CONFLICT: _S.STORED,
        _S.ACK_REFUSED: _S.STORED,
    },
    Decision.ACK: {
        _S.STORED: _S.ACK_INTENT,
        _S.QUARANTINED: _S.ACK_INTENT,
        _S.CONFLICT: _S.ACK_INTENT,
        _S.ACK_UNKNOWN: _S.ACK_INTENT,
        _S.ACK_REFUSED: _S.ACK_INTENT,
    },
}

_HELD_AND_STORED: Mapping[Decision, ShipmentState] = {
    Decision.RELEASE: _S.STORED,
    Decision.ACK: _S.STORED,
}


def destination(decision: Decision, state: ShipmentState, *, stored: bool) -> ShipmentState | None:
    """
    Return the state that *decision* leads to at once, or None where it is not possible.

    *stored* says whether the shipment's bytes are in the archive: what is held is released to where it came from, and
    acknowledged only if they are (invariant I4).
    """
    if state is ShipmentState.HELD and stored:
        return _HELD_AND_STORED.get(decision)
    return _LEADS_TO[decision].get(state)


def possible(state: ShipmentState, *, stored: bool) -> list[Decision]:
    """
    Return the decisions that are possible about a shipment in *state*.
    """
    return [decision for decision in Decision if destination(decision, state, stored=stored)]

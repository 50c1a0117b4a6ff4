"""What a run that died left behind, put right before any call; it looks at open rows only (invariant I8)."""

from __future__ import annotations

from ..catalog import Entry
from ..durable import exists
from ..errors import IntegrityError
from ..model.states import ShipmentState
from .recording import rows_of
from .workplace import Workplace


def recover(place: Workplace, insurer: str) -> list[IntegrityError]:
    """
    Bring this insurer's open shipments into states a run can go on from; repeating it changes nothing.

    A shipment that was being fetched is stored if its directory had appeared (and is read back), else listed
    again; an acknowledgement under way is one without an answer.  What is stored and not what its manifest says
    is returned, and left as it is.
    """
    damaged = []
    for entry in place.ledger.open_entries(insurer):
        if entry.state is ShipmentState.FETCHING:
            try:
                _finish_fetching(place, entry)
            except IntegrityError as error:
                damaged.append(error)
        elif entry.state is ShipmentState.ACK_INTENT:
            place.ledger.move(
                entry, ShipmentState.ACK_UNKNOWN, place.clock.now(), reason="the run died before an answer was noted"
            )
    return damaged


def _finish_fetching(place: Workplace, entry: Entry) -> None:
    if entry.path is not None and exists(place.layout.root / entry.path):
        stored = place.archive.adopt(entry.path)
        place.ledger.move(
            entry,
            ShipmentState.STORED,
            place.clock.now(),
            reason="stored by a run that died before it could note it",
            stored=rows_of(stored),
        )
    else:
        place.ledger.move(entry, ShipmentState.LISTED, place.clock.now(), reason="the run died while fetching it")

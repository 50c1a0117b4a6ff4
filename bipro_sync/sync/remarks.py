"""What a person should know after a pull though nothing went wrong; said at each run."""

from __future__ import annotations

from ..insurers import Insurer
from ..model.states import ShipmentState
from .results import InsurerResult
from .selection import PullOptions


def remark(insurer: Insurer, options: PullOptions, result: InsurerResult) -> None:
    """
    Add the remarks of one insurer's pull to its result.
    """
    name, say = insurer.name, result.remarks.append
    if options.shipments and result.mailbox_seen and not result.touched:
        say(f"{name} lists none of the shipments that were asked for.")
    if unclear := result.count(ShipmentState.ACK_UNKNOWN):
        say(f"{unclear} acknowledgement(s) at {name} got no clear answer; the next run finds out.")
    waiting = result.count(ShipmentState.STORED)
    if waiting and insurer.acknowledge is None:
        say(
            f"{waiting} stored shipment(s) of {name} were NOT acknowledged, because `acknowledge` is not set.  "
            'Look at what was stored, then set acknowledge = "auto".'
        )
    elif waiting and insurer.acknowledge == "manual":
        say(f"{waiting} stored shipment(s) of {name} wait for an operator's acknowledgement.")

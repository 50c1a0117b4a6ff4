"""What a pull would do, by category and age; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from ..insurers import Insurer
from ..model.kinds import category_label, kind_of
from ..model.shipment import ListedShipment
from ..model.states import ACK_OWED, TO_FETCH, ShipmentState
from .results import PlannedGroup
from .selection import PullOptions
from .workplace import Workplace


def plan(
    place: Workplace, insurer: Insurer, listed: Mapping[str, ListedShipment], options: PullOptions
) -> list[PlannedGroup]:
    """
    Group what is listed by category, and say what a pull with these options would fetch and acknowledge.
    """
    known = place.ledger.entries(insurer.name, listed)
    acknowledges = options.acknowledge and insurer.acknowledge == "auto"
    groups: dict[str | None, PlannedGroup] = {}
    for shipment in listed.values():
        kind = kind_of(shipment.category, data_only=bool(shipment.data_only), overrides=insurer.kinds)
        group = groups.setdefault(
            shipment.category, PlannedGroup(shipment.category, category_label(shipment.category), kind)
        )
        group.listed += 1
        if shipment.posted_at and (group.oldest is None or shipment.posted_at < group.oldest):
            group.oldest = shipment.posted_at
        if options.asks_for(shipment.id, shipment.posted_at):
            state = known[shipment.id].state if shipment.id in known else ShipmentState.LISTED
            group.to_fetch += state in TO_FETCH
            group.to_acknowledge += acknowledges and state in TO_FETCH | ACK_OWED
    return sorted(groups.values(), key=lambda group: group.category or "")

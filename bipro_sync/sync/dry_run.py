"""What a pull would do, by category and age; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from ..insurers import Insurer
from ..model.kinds import category_label
from ..model.shipment import ListedShipment
from ..model.states import ACK_OWED, TO_FETCH
from .results import PlannedGroup
from .rules import DeliveryRules
from .selection import PullOptions, by_age, is_due
from .workplace import Workplace


def plan(
    place: Workplace, insurer: Insurer, listed: Mapping[str, ListedShipment], options: PullOptions
) -> list[PlannedGroup]:
    """
    Group what is listed by category, and say what a pull with these options would fetch and acknowledge.
    """
    known = place.ledger.entries(insurer.name, listed)
    now = place.clock.now()
    acknowledges = options.acknowledge and insurer.acknowledge == "auto"

    rules = DeliveryRules(insurer, place.queries, now)

    def would_fetch(shipment: ListedShipment) -> bool:
        if not options.asks_for(shipment.id, shipment.posted_at):
            return False
        entry = known.get(shipment.id)
        if entry and not (entry.state in TO_FETCH and is_due(entry, listed, options, now, lists_confirmed=True)):
            return False
        asked = shipment.id in options.shipments
        return asked or not rules.reason_to_leave(shipment.category, insurer.kind_of(shipment))

    in_order = by_age(listed.values())
    to_fetch = {shipment.id for shipment in reversed(in_order) if would_fetch(shipment)}
    groups: dict[str | None, PlannedGroup] = {}
    left = len(listed) if options.limit is None else options.limit
    for shipment in in_order:
        group = groups.setdefault(
            shipment.category,
            PlannedGroup(shipment.category, category_label(shipment.category), insurer.kind_of(shipment)),
        )
        group.listed += 1
        group.oldest = group.oldest or shipment.posted_at
        if left and options.asks_for(shipment.id, shipment.posted_at):
            entry = known.get(shipment.id)
            fetches = shipment.id in to_fetch
            owed = acknowledges and entry is not None and entry.state in ACK_OWED
            group.to_fetch += fetches
            group.to_acknowledge += acknowledges and (fetches or owed)
            left -= fetches or owed
    return sorted(groups.values(), key=lambda group: group.category or "")

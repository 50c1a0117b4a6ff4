"""What a pull would do, by category and age; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from ..catalog import Entry
from ..insurers import Insurer
from ..model.kinds import category_label
from ..model.shipment import ListedShipment
from ..model.states import TO_FETCH
from .results import PlannedGroup
from .rules import DeliveryRules
from .selection import PullOptions, by_age, is_due, is_wanted_again
from .workplace import Workplace


def plan(
    place: Workplace, insurer: Insurer, listed: Mapping[str, ListedShipment], options: PullOptions
) -> list[PlannedGroup]:
    """
    Group what is listed by category, and say what a pull with these options would fetch and acknowledge.
    """
    now = place.clock.now()
    known = place.ledger.entries(insurer.name, listed)
    rules = DeliveryRules(insurer, place.queries, now)
    confirmed = insurer.confirmed_flag == "true"
    acknowledges = options.acknowledge and insurer.acknowledge == "auto"

    def is_due_now(entry: Entry | None) -> bool:
        if entry is None or is_wanted_again(entry, listed[entry.id], options, rules):
            return True
        return is_due(entry, listed, options, now, lists_confirmed=confirmed)

    def would_be_fetched(shipment: ListedShipment) -> bool:
        entry = known.get(shipment.id)
        if entry and entry.state not in TO_FETCH and not is_wanted_again(entry, listed[entry.id], options, rules):
            return False
        kind = insurer.kind_of(shipment)
        return shipment.id in options.shipments or not rules.reason_to_leave(shipment.category, kind)

    due = [
        shipment
        for shipment in by_age(listed.values())
        if options.asks_for(shipment.id, shipment.posted_at) and is_due_now(known.get(shipment.id))
    ]
    to_fetch = {shipment.id for shipment in reversed(due) if would_be_fetched(shipment)}
    owed = {shipment.id for shipment in due if shipment.id in known and known[shipment.id].state not in TO_FETCH}
    to_acknowledge = to_fetch | owed if acknowledges else set()
    to_do = to_fetch | to_acknowledge
    work = set([shipment.id for shipment in due if shipment.id in to_do][: options.limit])

    groups: dict[str | None, PlannedGroup] = {}
    for shipment in by_age(listed.values()):
        group = groups.setdefault(
            shipment.category,
            PlannedGroup(shipment.category, category_label(shipment.category), insurer.kind_of(shipment)),
        )
        group.listed += 1
        group.oldest = group.oldest or shipment.posted_at
        group.to_fetch += shipment.id in work and shipment.id in to_fetch
        group.to_acknowledge += shipment.id in work and shipment.id in to_acknowledge
    return sorted(groups.values(), key=lambda group: group.category or "")

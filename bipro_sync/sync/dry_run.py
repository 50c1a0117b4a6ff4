"""What a pull would do, by category and age; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from ..catalog import Entry
from ..insurers import Insurer
from ..model.kinds import Kind, category_label, kind_of
from ..model.shipment import ListedShipment
from ..model.states import ACK_OWED, TO_FETCH
from .results import PlannedGroup
from .rules import stays_at_insurer
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

    def would_fetch(shipment: ListedShipment, entry: Entry | None, kind: Kind) -> bool:
        if entry and not (entry.state in TO_FETCH and is_due(entry, listed, options, now, lists_confirmed=True)):
            return False
        stays = stays_at_insurer(insurer, shipment.category, kind, place.queries, now)
        return shipment.id in options.shipments or not stays

    groups: dict[str | None, PlannedGroup] = {}
    left = len(listed) if options.limit is None else options.limit
    for shipment in by_age(listed.values()):
        kind = kind_of(shipment.category, data_only=bool(shipment.data_only), overrides=insurer.kinds)
        group = groups.setdefault(
            shipment.category, PlannedGroup(shipment.category, category_label(shipment.category), kind)
        )
        group.listed += 1
        group.oldest = group.oldest or shipment.posted_at
        if left and options.asks_for(shipment.id, shipment.posted_at):
            entry = known.get(shipment.id)
            fetches = would_fetch(shipment, entry, kind)
            owed = acknowledges and entry is not None and entry.state in ACK_OWED
            group.to_fetch += fetches
            group.to_acknowledge += acknowledges and (fetches or owed)
            left -= fetches or owed
    return sorted(groups.values(), key=lambda group: group.category or "")

"""Which deliveries stay at the insurer by the broker's own rule; what stays is never acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..catalog import Queries
from ..config import DeliveryRule
from ..insurers import Insurer
from ..model.kinds import Kind


_DISTANCES: Mapping[DeliveryRule, timedelta] = {
    # A little less than the period, so that a delivery that comes an hour early is not left for another period.
    DeliveryRule.WEEKLY: timedelta(days=6, hours=12),
    DeliveryRule.MONTHLY: timedelta(days=27),
}


def stays_at_insurer(insurer: Insurer, category: str | None, kind: Kind, queries: Queries, now: datetime) -> str | None:
    """
    Return why a shipment of this category and kind is left at the insurer, or None where it is to be fetched.

    Rules are keyed by kind or by category prefix; a category prefix wins over a kind, a longer one over a shorter.
    """
    rules = insurer.deliveries
    prefixes = [key for key in rules if key.isdigit() and (category or "").startswith(key)]
    key = max(prefixes, key=len) if prefixes else kind
    rule = rules.get(key, DeliveryRule.ALWAYS)
    if rule is DeliveryRule.LEAVE:
        return f"the rule for {key} leaves it at the insurer"
    if rule not in _DISTANCES:
        return None
    last = queries.last_stored(
        insurer.name,
        kind=None if prefixes else Kind(key),
        prefix=key if prefixes else "",
    )
    if last and now - last < _DISTANCES[rule]:
        return f"the rule for {key} is {rule}, and one was stored at {last:%Y-%m-%d}"
    return None

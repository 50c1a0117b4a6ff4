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


class DeliveryRules:
    """
    One insurer's rules during one run, to be asked for the newest shipment first.

    Rules are keyed by kind or by category prefix; a category prefix wins over a kind, a longer one over a shorter.
    """

    def __init__(self, insurer: Insurer, queries: Queries, now: datetime) -> None:
        self._insurer = insurer
        self._queries = queries
        self._now = now
        self._taken: set[str] = set()

    def reason_to_leave(self, category: str | None, kind: Kind) -> str | None:
        """
        Return why a shipment of this category and kind is left at the insurer, or None where it is to be fetched.
        """
        key, rule = self._rule(category, kind)
        if rule is DeliveryRule.LEAVE:
            return f"the rule for {key} leaves it at the insurer"
        if rule not in _DISTANCES:
            return None
        if key in self._taken:
            return f"the rule for {key} is {rule}, and a newer one is there"
        last = self._queries.last_stored(
            self._insurer.name,
            kind=None if key.isdigit() else Kind(key),
            prefix=key if key.isdigit() else "",
        )
        if last and self._now - last < _DISTANCES[rule]:
            return f"the rule for {key} is {rule}, and one was stored at {last:%Y-%m-%d}"
        self._taken.add(key)
        return None

    def is_without_rule(self, category: str | None, kind: Kind) -> bool:
        """
        Say whether every shipment of this category and kind is to be fetched.
        """
        return self._rule(category, kind)[1] is DeliveryRule.ALWAYS

    def _rule(self, category: str | None, kind: Kind) -> tuple[str, DeliveryRule]:
        rules = self._insurer.deliveries
        prefixes = [key for key in rules if key.isdigit() and (category or "").startswith(key)]
        key = max(prefixes, key=len) if prefixes else kind.value
        return key, rules.get(key, DeliveryRule.ALWAYS)

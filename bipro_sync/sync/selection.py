"""Which of an insurer's shipments a run works on, and in which order; it decides and changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from ..catalog import Entry
from ..model.shipment import ListedShipment, listed_as
from ..model.states import ACK_OWED, TO_FETCH, ShipmentState
from ..model.zone import BERLIN
from .rules import DeliveryRules


Posted = TypeVar("Posted", Entry, ListedShipment)

"""The zone of dates that people name."""

LONGEST_RETRY = timedelta(hours=20)
"""How long a failed shipment rests at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """
    What the command line narrows a pull down to; without *repeats* no call that failed is repeated within the run.
    """

    shipments: Collection[str] = ()
    limit: int | None = None
    since: date | None = None
    dry_run: bool = False
    acknowledge: bool = True
    retry_failed: bool = False
    repeats: bool = True

    def asks_for(self, shipment_id: str, posted_at: datetime | None) -> bool:
        """
        Say whether this shipment is within what was asked for; one without a time of posting always is.
        """
        if self.shipments and shipment_id not in self.shipments:
            return False
        return not (self.since and posted_at and posted_at < datetime.combine(self.since, time(), BERLIN))


def by_age(shipments: Iterable[Posted]) -> list[Posted]:
    """
    Return the shipments, oldest posting first; insurers promise no order.
    """
    return sorted(shipments, key=lambda each: (each.posted_at or datetime.min.replace(tzinfo=UTC), each.id))


def is_wanted_again(entry: Entry, listed: ListedShipment, options: PullOptions, rules: DeliveryRules) -> bool:
    """
    Say whether a listed shipment that nobody was working on is to be fetched after all: it had vanished, or it was
    left by a rule that is withdrawn, or it is asked for by its id, or what was quarantined is not what is listed now.
    """
    if entry.state is ShipmentState.QUARANTINED:
        return is_listed_otherwise(entry, listed)
    if entry.state is ShipmentState.LEFT:
        return entry.id in options.shipments or rules.is_without_rule(entry.category, entry.kind)
    return entry.state is ShipmentState.VANISHED


def is_due(
    entry: Entry, listed: Mapping[str, ListedShipment], options: PullOptions, now: datetime, *, lists_confirmed: bool
) -> bool:
    """
    Say whether a run has something to do with this shipment now.

    *lists_confirmed* says that this insurer lists acknowledged shipments on our wish; elsewhere one that is listed
    again is owed another acknowledgement.
    """
    if entry.state in TO_FETCH:
        # A rest that is longer than any was set by a clock that has been put back since.
        rested = entry.next_attempt_at is None or not now < entry.next_attempt_at <= now + LONGEST_RETRY
        return entry.id in listed and (rested or options.retry_failed or entry.id in options.shipments)
    if entry.state is ShipmentState.ACKNOWLEDGED:
        return entry.id in listed and not lists_confirmed
    if entry.state in {ShipmentState.CONFLICT, ShipmentState.ACK_REFUSED}:
        return entry.id in listed and is_listed_otherwise(entry, listed[entry.id])
    return entry.state in ACK_OWED


def is_listed_otherwise(entry: Entry, listed: ListedShipment) -> bool:
    """
    Say whether the insurer lists another posting under the shipment's id than the one that came.
    """
    return entry.listed_as != listed_as(listed.fields)

"""Acknowledging by an operator's decision: as a pull does it and as safely, also where no pull would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..catalog import Entry
from ..errors import ConfigurationError, IntegrityError, UsageError
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.states import Failure, ShipmentState
from .access import demand_owner, demand_service, way_to
from .acknowledging import Acknowledging
from .results import InsurerResult
from .workplace import Workplace


Acknowledge = Callable[[Entry, ShipmentState, str], Entry]


@contextmanager
def acknowledging_now(
    place: Workplace, name: str, insurer: Insurer | MisconfiguredInsurer | None
) -> Iterator[Acknowledge]:
    """
    Yield what acknowledges one shipment of this insurer, whose account's lock is held; it logs in when first used.

    Raises :class:`~bipro_sync.errors.NotPermittedError` for another's certificate, an ended contract or a suspended
    insurer, :class:`~bipro_sync.errors.ConfigurationError` where its section cannot be used.  What is yielded raises
    as :meth:`~bipro_sync.sync.acknowledging.Acknowledging.acknowledge`, and as a login.
    """
    if insurer is None:
        raise UsageError(f"The configuration has no insurer {name}, so nothing can be acknowledged there.")
    if isinstance(insurer, MisconfiguredInsurer):
        raise ConfigurationError(f"The configuration of {name} cannot be used.", problems=insurer.problems)
    demand_service(place, insurer)
    demand_owner(place, insurer)
    provider = way_to(place, insurer)
    acknowledging = Acknowledging(place, insurer, provider, InsurerResult(name))

    def acknowledge(entry: Entry, new: ShipmentState, reason: str) -> Entry:
        demand_service(place, insurer)
        provider.login()
        if new is ShipmentState.STORED:
            # The hold ends first: what is held is never acknowledged.
            entry = place.ledger.move(entry, new, place.clock.now(), reason=reason)
        return acknowledging.acknowledge(entry, read_back=False, reason=reason)

    try:
        yield acknowledge
    finally:
        provider.close()


def demand_delivered(place: Workplace, entry: Entry) -> None:
    """
    See that what an acknowledgement would let the insurer delete was delivered, and is kept aside as it came.

    In conflict it is the other delivery that lies at the insurer now.  Raises
    :class:`~bipro_sync.errors.UsageError` where the insurer answered with another shipment, because then the one
    meant is not stored (invariant I4), and :class:`~bipro_sync.errors.IntegrityError` where it is not what came.
    """
    if entry.state not in {ShipmentState.QUARANTINED, ShipmentState.CONFLICT}:
        return
    kept = place.layout.quarantined_paths(entry.insurer, entry.id)
    if not kept:
        raise IntegrityError(f"What was quarantined of shipment {entry.id} of {entry.insurer} is missing.")
    quarantine = place.archive.read_back(kept[-1]).manifest.quarantine
    if quarantine and quarantine.failure == Failure.OTHER_ID:
        raise UsageError(
            f"Under the id {entry.id} {entry.insurer} delivered another shipment, so the one meant is not stored, and "
            "nothing is acknowledged unfetched.",
            hint="Possible now: retry.",
        )

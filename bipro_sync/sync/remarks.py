"""What a person should know after a pull though nothing went wrong; said at each run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..insurers import Insurer
from ..model.states import ShipmentState
from ..model.urgency import Urgency
from .agenda import MISSED
from .ending import ENDING, ending_before
from .memory import remembered
from .results import InsurerResult
from .selection import by_age
from .workplace import Workplace


NOTICEABLE_SKEW = 60.0
"""Seconds between an insurer's clock and ours from which on a person is told."""

_MOST_NAMES = 10

_SEVERAL = 2
"""Shipments that must have vanished before another program is suspected."""


def remark(place: Workplace, insurer: Insurer, result: InsurerResult) -> None:
    """
    Add the remarks of one insurer's pull to its result.
    """
    name, say = insurer.name, result.remarks.append
    result.asides += [f"The list of {name}: {each}" for each in result.mailbox.remarks]
    if result.repeated:
        result.asides.append(
            f"{result.repeated} call(s) to {name} had to be repeated; the audit log says which, and why."
        )
    if result.urgent:
        urgent = [f"{shipment} ({urgency})" for shipment, urgency in sorted(result.urgent.items())]
        say(f"{name} sent {len(urgent)} urgent shipment(s): {_named(urgent)}.")
    result.remarks += _endings(place, name)
    result.remarks += _foreign_acknowledgements(place, name, result)
    if result.taken_up:
        say(
            f"{len(result.taken_up)} shipment(s) of {name} lie in the archive though the catalogue believed them "
            f"unfetched: {_named(result.taken_up)}.  It is older than the archive; run `bipro-sync archive rebuild`."
        )
    if result.warnings:
        warned = [f"{shipment} ({', '.join(codes)})" for shipment, codes in result.warnings.items()]
        say(f"{name} warns about {len(warned)} shipment(s): {_named(warned)}.")
    for kind, missing in result.missing_rights.items():
        if kind is not None:
            waiting = [entry.id for entry in result.unfetched if entry.kind is kind]
            say(
                f"{name} gives no right to shipments of the kind {kind}{_called(missing.right)}.{_left_listed(waiting)}"
            )
    result.remarks += _acknowledgements(insurer, result)


def urgent_of(insurer: Insurer, result: InsurerResult) -> dict[str, Urgency]:
    """
    Return which of the shipments that this run has stored somebody must look at today, and why.
    """
    arrived = (result.touched[each] for each in result.arrived & result.touched.keys())
    urgencies = {entry.id: insurer.urgency_of(entry.category, entry.kind) for entry in arrived}
    return {shipment: urgency for shipment, urgency in urgencies.items() if urgency}


def remark_on_clocks(place: Workplace, results: Iterable[InsurerResult]) -> None:
    """
    Add to each result whether the insurer's clock and ours differ, once all insurers of the run have told theirs.
    """
    for result in results:
        if result.clock_skew is not None and abs(result.clock_skew) >= NOTICEABLE_SKEW:
            result.remarks.append(_clock_remark(place, result.insurer, result.clock_skew))


def lacking(result: InsurerResult) -> str | None:
    """
    Return which rights were missing, for the audit log; None where none was.
    """
    kinds = ", ".join(kind or "listing" for kind in result.missing_rights)
    return f"missing right: {kinds}" if kinds else None


def _called(right: str | None) -> str:
    return f" (it needs: {right})" if right else ""


def _left_listed(waiting: list[str]) -> str:
    if not waiting:
        return ""
    return f"  {len(waiting)} more of that kind stay listed and were not fetched: {_named(waiting)}."


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")


def _endings(place: Workplace, insurer: str) -> Iterator[str]:
    """
    Yield what will not be available for long any more and is not fetched, or is held by an operator, each with its
    last day.
    """
    ending = place.queries.ending([insurer], ending_before(place.clock.now()))
    held = [entry for entry in ending if entry.state is ShipmentState.HELD]
    unfetched = [entry for entry in ending if entry.state is not ShipmentState.HELD]
    for what, entries in (("not fetched", by_age(unfetched)), ("held by an operator", by_age(held))):
        if entries:
            named = _named([f"{entry.id} (until {entry.available_until})" for entry in entries])
            yield (
                f"{len(entries)} shipment(s) of {insurer} are {what} and available for less than {ENDING.days} days: "
                f"{named}."
            )


def _foreign_acknowledgements(place: Workplace, insurer: str, result: InsurerResult) -> Iterator[str]:
    """
    Yield that somebody else acknowledges, where shipments vanished before their last day, one of them in this run; one
    alone the insurer may have withdrawn.
    """
    now_vanished = [
        entry.id
        for entry in result.touched.values()
        if entry.state is ShipmentState.VANISHED and entry.reason == MISSED
    ]
    if now_vanished and (vanished := place.queries.vanished(insurer, MISSED)) >= _SEVERAL:
        yield (
            f"{vanished} shipments of {insurer} vanished before their last day, and none of them was fetched or "
            "acknowledged by this program: another program acknowledges here, it seems.  In this run: "
            f"{_named(now_vanished)}."
        )


def _acknowledgements(insurer: Insurer, result: InsurerResult) -> Iterator[str]:
    """
    Yield what is to be known of acknowledgements: made once more, without a clear answer, or still to be made.
    """
    name = insurer.name
    if result.relisted:
        yield (
            f"{name} lists {len(result.relisted)} shipment(s) though acknowledged; they were compared with what is "
            f"stored and acknowledged once more: {_named(result.relisted)}."
        )
    if unclear := result.count(ShipmentState.ACK_UNKNOWN):
        yield f"{unclear} acknowledgement(s) at {name} got no clear answer; the next run finds out."
    waiting_for_us = result.count(ShipmentState.STORED)
    if waiting_for_us and insurer.acknowledge is None:
        yield (
            f"{waiting_for_us} stored shipment(s) of {name} were NOT acknowledged, because `acknowledge` is not set.  "
            'Look at what was stored, then set acknowledge = "auto".'
        )
    elif waiting_for_us and insurer.acknowledge == "manual":
        yield (
            f"{waiting_for_us} stored shipment(s) of {name} wait for an operator's acknowledgement: "
            "`bipro-sync shipments ack ID --reason …`."
        )


def _clock_remark(place: Workplace, insurer: str, skew: float) -> str:
    """
    Say how far the clocks are apart and, as far as other insurers' clocks tell, whose is wrong.
    """
    memories = (remembered(place.layout, other) for other in place.config.insurers if other != insurer)
    others = [memory.clock_skew for memory in memories if memory.clock_skew is not None]
    if others and all(abs(other - skew) < NOTICEABLE_SKEW for other in others):
        whose = "Other insurers' clocks agree with it, so this machine's is probably wrong: see `timedatectl`."
    elif others and all(abs(other) < NOTICEABLE_SKEW for other in others):
        whose = "Other insurers' clocks agree with this machine's, so the insurer's is probably wrong."
    else:
        whose = "See with `timedatectl` whether this machine's is right; else the insurer's is wrong."
    direction = "ahead of" if skew > 0 else "behind"
    return f"The clock of {insurer} is {abs(skew):.0f} s {direction} ours.  {whose}"

"""What a person should know after a pull though nothing went wrong; said at each run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from ..insurers import Insurer
from ..model.states import TO_FETCH, ShipmentState
from .memory import remembered
from .results import InsurerResult
from .selection import BERLIN, by_age
from .workplace import Workplace


NOTICEABLE_SKEW = 60.0
"""Seconds between an insurer's clock and ours from which on a person is told."""

ENDING = timedelta(days=7)
"""How long before the end of a shipment's availability a person is told that it is not fetched."""

_MOST_NAMES = 10


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
    if ending := _ending(place, name):
        say(
            f"{len(ending)} shipment(s) of {name} are not fetched and available for less than {ENDING.days} days: "
            f"{_named(ending)}."
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
    if unclear := result.count(ShipmentState.ACK_UNKNOWN):
        say(f"{unclear} acknowledgement(s) at {name} got no clear answer; the next run finds out.")
    waiting_for_us = result.count(ShipmentState.STORED)
    if waiting_for_us and insurer.acknowledge is None:
        say(
            f"{waiting_for_us} stored shipment(s) of {name} were NOT acknowledged, because `acknowledge` is not set.  "
            'Look at what was stored, then set acknowledge = "auto".'
        )
    elif waiting_for_us and insurer.acknowledge == "manual":
        say(f"{waiting_for_us} stored shipment(s) of {name} wait for an operator's acknowledgement.")


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


def _ending(place: Workplace, insurer: str) -> list[str]:
    """
    Return the shipments that still lie at the insurer only, and not for long any more, each with its last day.
    """
    soon = (place.clock.now().astimezone(BERLIN) + ENDING).date()
    return [
        f"{entry.id} (until {entry.available_until})"
        for entry in by_age(place.ledger.open_entries(insurer))
        if entry.state in TO_FETCH and entry.available_until and entry.available_until < soon
    ]


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

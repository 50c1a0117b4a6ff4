"""What a person should know after a pull though nothing went wrong; said at each run."""

from __future__ import annotations

from ..insurers import Insurer
from ..model.states import ShipmentState
from .memory import remembered
from .results import InsurerResult
from .workplace import Workplace


NOTICEABLE_SKEW = 60.0
"""Seconds between an insurer's clock and ours from which on a person is told."""

_MOST_NAMES = 10


def remark(place: Workplace, insurer: Insurer, result: InsurerResult) -> None:
    """
    Add the remarks of one insurer's pull to its result.
    """
    name, say = insurer.name, result.remarks.append
    if result.clock_skew is not None and abs(result.clock_skew) >= NOTICEABLE_SKEW:
        say(_clock_remark(place, name, result.clock_skew))
    if result.repeated:
        say(f"{result.repeated} call(s) to {name} had to be repeated; the audit log says which, and why.")
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
    names = ", ".join(waiting[:_MOST_NAMES]) + (", …" if len(waiting) > _MOST_NAMES else "")
    return f"  {len(waiting)} more of that kind stay listed and were not fetched: {names}."


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

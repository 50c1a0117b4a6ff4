"""Which records of a contract follow which, by the layouts: parts, extensions, and from the general one to the risk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .belonging import MOTOR_RISKS
from .entities import RUNNING_NUMBERS
from .layouts import Part, parts
from .record import Record


_MOTOR = {line.encode(): b"050" for line in (*MOTOR_RISKS, "600")}
"""Lines of a vehicle's covers, and the other line of its specific record, to the one that stands for all of them."""

_MISSING_FIRST = "order.missing"


@dataclass(frozen=True, slots=True)
class Tie:
    """
    That records follow another under the same policy number: *leader* is its name, *code* and, where the names do not
    say it all, *words* tell that it is missing.

    *sign* tells the tie from others.  *places* are the columns of the running numbers that both records have in common.
    """

    sign: bytes
    leader: str
    code: str
    words: str = ""
    has_line: bool = True
    places: tuple[slice, ...] = ()

    def key(self, record: Record) -> bytes:
        """
        Return what the records have in common that this ties together.
        """
        data = record.padded
        line = _MOTOR.get(data[10:13], data[10:13]) if self.has_line else b""
        numbers = [data[place].strip().lstrip(b"0") for place in self.places]
        return b",".join([data[4:9], data[13:30], self.sign, line, *numbers])


_GENERAL = Tie(
    b"general", "0200, part 1", "contract.no-general", "a contract has no general record (0200)", has_line=False
)
_SPECIFIC = Tie(
    b"specific",
    "0210, part 1",
    "contract.no-specific",
    "a contract has risks (0220) and no specific record (0210) of their line",
)


@dataclass(frozen=True, slots=True)
class Ties:
    """
    What a part needs before it, and what it leads.
    """

    needed: tuple[Tie, ...]
    led: tuple[Tie, ...]


@cache
def ties(layout: Part) -> Ties:
    """
    Return a part's ties: parts follow the first of their layout; the first of an extension (0211, 0221), or all of one
    that has none, follow the layout that it extends; specific records follow the general one, and risks both.
    """
    needed, led = [], []
    first = _first_for(layout)
    if first is not None:
        needed.append(_tie(first, layout, layout))
    for follower in parts():
        leader = _first_for(follower)
        if leader is not None and _name(leader) == _name(layout):
            led.append(_tie(leader, follower, layout))
    if layout.record_type in {"0210", "0220"}:
        needed.append(_GENERAL)
    if layout.record_type == "0220":
        needed.append(_SPECIFIC)
    if _name(layout) == ("0200", 1):
        led.append(_GENERAL)
    if layout.record_type == "0210" and layout.number == 1:
        led.append(_SPECIFIC)
    return Ties(tuple(needed), tuple({tie.sign: tie for tie in led}.values()))


def _first_for(layout: Part) -> Part | None:
    firsts = _firsts()
    own = firsts.get(layout.layout) if layout.number > 1 else None
    if own is None and layout.record_type in {"0211", "0221"}:
        return firsts.get(f"{layout.record_type[:3]}0{layout.layout[4:]}")
    return own


@cache
def _firsts() -> dict[str, Part]:
    return {each.layout: each for each in parts() if each.number == 1}


def _name(layout: Part) -> tuple[str, int]:
    return layout.layout, layout.number


def _tie(first: Part, follower: Part, seen_in: Part) -> Tie:
    keys = sorted(RUNNING_NUMBERS & first.by_key.keys() & follower.by_key.keys())
    name = f"{first.layout}, part 1"
    sign = f"{first.layout}:{','.join(keys)}".encode()
    return Tie(sign, name, _MISSING_FIRST, places=tuple(seen_in.by_key[key].place for key in keys))

"""One coherent packet with each record type and part of the layouts: a contract a line, with all that can be said."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from bipro_sync.gdv.layouts import Part, parts

from .contracts import Contract, contracts
from .delivery import packet
from .portfolio import rendered


FRAME = {"0001", "9999"}
LINES = ("0210", "0300")
"""Between these record types are those whose layouts depend on the line."""
ALWAYS = {("0100", 1), ("0200", 1), ("0200", 2)}
"""What every contract has, by layout and number."""


def everything() -> Iterator[str]:
    """
    Give the packet, header and trailer included.
    """
    lines = sorted({line_of(each) for each in parts() if each.line})
    made = contracts(len(lines), seed=7, lines=lines)
    yield from packet(chain.from_iterable(whole(contract, full=not place) for place, contract in enumerate(made)))


def line_of(each: Part) -> str:
    """
    Return the line of the contracts that have this part: motor's parts count as its risks.
    """
    line = each.line[:3]
    return "050" if line.startswith("05") else line


def whole(contract: Contract, *, full: bool = True) -> Iterator[str]:
    """
    Give every part of the contract's line, and of those that belong to all lines either all or what every contract has.
    """
    of_all = [each for each in parts() if not each.line and each.record_type not in FRAME]
    if not full:
        of_all = [each for each in of_all if (each.layout, each.number) in ALWAYS]
    own = [each for each in parts() if each.line and line_of(each) == contract.line]
    before = [each for each in of_all if each.record_type < LINES[0]]
    after = [each for each in of_all if each.record_type >= LINES[1]]
    for each in (*sorted(before, key=_order), *sorted(own, key=_order), *sorted(after, key=_order)):
        yield rendered(contract, each.layout, each.number, each.line[:3])


def _order(each: Part) -> tuple[str, str, str, int]:
    """
    Return where a part stands: extensions (0221) behind the risk that they extend, all parts of it together.
    """
    risk = each.record_type in {"0220", "0221"}
    return ("0220" if risk else each.record_type, each.layout[5:] if risk else "", each.record_type, each.number)

"""The records of contracts, quickly: a part's fields are invented a few times over, and each contract's own put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from operator import attrgetter
from random import Random

from bipro_sync.gdv.layouts import part

from .contracts import Contract
from .parts import invented, record


VARIANTS = 16
FILLED = 0.5
"""The share of a part's fields that hold something, beside those that always do."""

ADDRESSING = {5: "insurer", 11: "line", 14: "number", 31: "sequence", 33: "broker"}
ADDRESS = {44: "name", 104: "first_name", 157: "postcode", 163: "town", 188: "street", 226: "birth"}
GENERAL = {69: "status", 70: "reason", 72: "gone", 116: "premium", 209: "other_number", 226: "other_is"}
OWN = {
    ("0100", 1): ADDRESS,
    ("0100", 2): {43: "number"},
    ("0200", 1): GENERAL,
    ("0500", 1): {43: "number"},
    ("0500", 2): {104: "number"},
    ("0550", 1): {43: "number"},
}
"""Where a contract's own stands in its records, by column; customers and claims are numbered as their contracts."""
BOOKED = {"0400", "0410", "0500", "0550"}
"""Record types that always have their amounts."""
PREMIUMS = {"GesbeitragInWE", "BeitragInWE", "GespraemieInWE"}
"""The keys of a line's own premium, which equals the contract's."""

RISKS = {"050": ("0220.051", "051"), "010": ("0220.010.13.1", "010"), "580": ("0220.580.01", "580")}
"""The layout of a line's risk and the line that it says, where they do not follow from the line."""

_NAMES = tuple(each.name for each in fields(Contract))
_values = attrgetter(*_NAMES)


def lean(contracts: Iterable[Contract]) -> Iterator[str]:
    """
    Give four records a contract: address, general part, the line's own part, and one risk.
    """
    for contract in contracts:
        own = dict(zip(_NAMES, _values(contract), strict=True))
        variant = contract.variant % VARIANTS
        for each in _lean_templates(contract.line, variant):
            yield each % own


def claims(contracts: Iterable[Contract]) -> Iterator[str]:
    """
    Give a claim of each contract, with its settlement.
    """
    for contract in contracts:
        yield from (rendered(contract, *which) for which in (("0500", 1), ("0500", 2), ("0550", 1)))


def commission(contracts: Iterable[Contract]) -> Iterator[str]:
    """
    Give what each contract brought: the whole, and one line's share.
    """
    for contract in contracts:
        yield from (rendered(contract, *which) for which in (("0400", 1), ("0400", 2), ("0410", 1)))


def rendered(contract: Contract, layout: str, number: int = 1, line: str | None = None) -> str:
    """
    Return a contract's record of one part; *line* is the one it says, where it is not the contract's.
    """
    own = dict(zip(_NAMES, _values(contract), strict=True))
    return _template(layout, number, line or contract.line, contract.variant % VARIANTS) % own


@cache
def _lean_templates(line: str, variant: int) -> tuple[str, ...]:
    risk, risk_line = RISKS.get(line, (f"0220.{line}", line))
    return (
        _template("0100", 1, line, variant),
        _template("0200", 1, line, variant),
        _template(f"0210.{line}", 1, line, variant),
        _template(risk, 1, risk_line, variant),
    )


@cache
def _template(layout: str, number: int, line: str, variant: int) -> str:
    """
    Return a record of the part with invented values, and a place for everything that is a contract's own.
    """
    of = part(layout, number)
    filled = 1.0 if of.record_type in BOOKED else FILLED
    text = record(of, invented(of, Random(f"{layout}/{number}/{variant}"), filled=filled))
    places = ADDRESSING | OWN.get((layout, number), {})
    if of.record_type == "0210" and number == 1:
        places |= {field.start: "premium" for field in of.fields if field.key in PREMIUMS}
    lengths = {field.start: field.length for field in of.fields}
    found, at = "", 1
    for start in sorted(places):
        found += text[at - 1 : start - 1] + _place(places[start], lengths[start], line)
        at = start + lengths[start]
    return found + text[at - 1 :]


def _place(name: str, length: int, line: str) -> str:
    match name:
        case "line":
            return line.ljust(length)
        case "sequence":
            return "01"
        case "premium":
            return f"%(premium)0{length}d"
        case "number":
            return f"%(number){length}s"
    return f"%({name})-{length}.{length}s"

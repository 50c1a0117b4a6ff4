"""Which family of records a record type belongs to, and which line of business has which layout.

Families other than the broker's data set have an addressing part of their own: they are named, never parsed.
"""

from __future__ import annotations

from enum import Enum
from functools import cache


class Family(Enum):
    """
    Whose rules a record follows.
    """

    BROKER = "broker"
    CLAIMS_NETWORK = "claims-network"
    SETTLEMENT = "settlement"
    OWN = "own"
    """0800 to 0899, whose content each insurer decides for itself."""
    UNKNOWN = "unknown"


_BROKER_TYPES = """
0001 0052 0100 0102 0200 0202 0210 0211 0212 0220 0221 0222 0225 0230 0250 0251 0260 0270 0280 0291 0292 0293 0294 0295
0300 0342 0350 0352 0362 0372 0382 0390 0392 0400 0410 0420 0430 0450 0500 0550 0600 9950 9951 9952 9999
"""
_SETTLEMENT_TYPES = "3001 3010 3400 3410"


@cache
def families() -> dict[bytes, Family]:
    """
    Return the family of each known record type, by the record's first four bytes.
    """
    found = {name.encode(): Family.BROKER for name in _BROKER_TYPES.split()}
    found |= {name.encode(): Family.SETTLEMENT for name in _SETTLEMENT_TYPES.split()}
    found |= {b"%04d" % number: Family.OWN for number in range(800, 900)}
    return found | {b"%04d" % number: Family.CLAIMS_NETWORK for number in range(4001, 5000)}


def family_of(start: bytes) -> Family:
    """
    Return the family of the record that begins with *start*.
    """
    return families().get(start[:4], Family.UNKNOWN)


def _numbers(text: str) -> set[str]:
    found: set[str] = set()
    for each in text.split():
        first, _, last = each.partition("-")
        found |= {f"{number:03}" for number in range(int(first), int(last or first) + 1)}
    return found


_SHARED = {
    "000": "0 60 63 65 69 160-162 169 200-209 233 240-252 290-299 630 650",
    "080": "80-83 89-90 99-100 109 120 123-124 150 210 230-231",
    "170": "170-179 232",
    "190": "180-199",
    "050": "50 600",
}


@cache
def layout_lines() -> dict[str, str]:
    """
    Return, by a line of business, the one that the layouts for it are named after; lines missing here have their own.
    """
    return {line: name for name, lines in _SHARED.items() for line in _numbers(lines)}

"""Invented contracts, and what became of them until a later delivery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from .words import FAMILY_NAMES, FIRST_NAMES, STREETS, TOWNS


INSURER = "99999"
MERGED_INSURER = "99998"
"""The insurer that others' contracts go to in a fusion."""
BROKER = "ERF-4711"

LINES = ("050", "050", "050", "040", "040", "130", "130", "140", "070", "030", "110", "000", "080", "510", "684", "010")
"""Lines of business, as often as brokers have them."""


@dataclass(frozen=True, slots=True)
class Contract:
    """
    A contract of one person; the premium in cents a year, dates as the field has them (`DDMMYYYY`).

    *variant* chooses among the inventions for all other fields.
    """

    number: str
    line: str
    name: str
    first_name: str
    postcode: str
    town: str
    street: str
    birth: str
    premium: int
    variant: int
    insurer: str = INSURER
    broker: str = BROKER
    status: str = "1"
    reason: str = ""
    gone: str = ""
    other_number: str = ""
    other_is: str = ""
    """1: *other_number* is the old number, 2: the new."""


@dataclass(frozen=True, slots=True)
class Counts:
    """
    How many contracts meet which fate.
    """

    new: int = 0
    changed: int = 0
    cancelled: int = 0
    merged: int = 0
    renumbered: int = 0
    vanished: int = 0


@dataclass(slots=True)
class Fates:
    """
    The numbers of the contracts that met each fate; *renumbered* has the old number and the new.
    """

    new: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    """The number, and the key of the field that changed."""
    cancelled: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    renumbered: dict[str, str] = field(default_factory=dict)
    vanished: list[str] = field(default_factory=list)


def contracts(count: int, *, seed: int = 0, first: int = 1, lines: Sequence[str] = LINES) -> Iterator[Contract]:
    """
    Give so many contracts, numbered from *first* on.
    """
    random = Random(f"{seed}/{first}")
    for number in range(first, first + count):
        person = random.getrandbits(30)
        yield Contract(
            number=f"V{number:09}",
            line=lines[number % len(lines)],
            name=FAMILY_NAMES[person % len(FAMILY_NAMES)],
            first_name=FIRST_NAMES[person // 7 % len(FIRST_NAMES)],
            postcode=f"{person % 1000:05}",
            town=TOWNS[person // 3 % len(TOWNS)],
            street=f"{STREETS[person // 11 % len(STREETS)]} {person % 99 + 1}",
            birth=f"{person % 28 + 1:02}{person % 12 + 1:02}{1940 + person % 65}",
            premium=person % 200_000 + 1000,
            variant=person >> 20,
        )


def later(before: Iterable[Contract], counts: Counts, *, seed: int = 0) -> tuple[list[Contract], Fates]:
    """
    Return the contracts of the next delivery, in their order with new ones at the end, and what became of whom.

    Raises ValueError where there are fewer contracts than fates.
    """
    old = list(before)
    random = Random(f"{seed}/later")
    fates = Fates(vanished=[])
    names = [
        *("changed",) * counts.changed,
        *("cancelled",) * counts.cancelled,
        *("merged",) * counts.merged,
        *("renumbered",) * counts.renumbered,
        *("vanished",) * counts.vanished,
    ]
    chosen = dict(zip(random.sample(range(len(old)), len(names)), names, strict=True))
    found: list[Contract] = []
    for place, contract in enumerate(old):
        found += _after(contract, chosen.get(place), fates, random)
    for contract in contracts(counts.new, seed=seed, first=900_000_000):
        fates.new.append(contract.number)
        found.append(contract)
    return found, fates


def _after(contract: Contract, fate: str | None, fates: Fates, random: Random) -> list[Contract]:
    """
    Return what stands in the next delivery for a contract, and note its fate.
    """
    number, ended = contract.number, replace(contract, status="4", gone="28022026")
    match fate:
        case "changed":
            key, change = random.choice(
                (
                    ("GesbeitragNettoInWE", {"premium": contract.premium + 1234}),
                    ("Str", {"street": "Neubauzeile 77"}),
                    ("Name1", {"name": "Umbenannt"}),
                )
            )
            fates.changed[number] = key
            return [replace(contract, **change)]
        case "cancelled":
            fates.cancelled.append(number)
            return [replace(ended, reason="01")]
        case "merged":
            fates.merged.append(number)
            return [replace(ended, reason="37"), replace(contract, insurer=MERGED_INSURER)]
        case "renumbered":
            new = f"N{number[1:]}"
            fates.renumbered[number] = new
            return [
                replace(ended, reason="38", other_number=new, other_is="2"),
                replace(contract, number=new, other_number=number, other_is="1"),
            ]
        case "vanished":
            fates.vanished.append(number)
            return []
    return [contract]

"""The layouts of release 2023 as data: 161 layouts in 232 parts, each a row of fields that tile bytes 1 to 256."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib import resources


RECORD_LENGTH = 256
"""Bytes of every record, without its line end."""
ADDRESS_LENGTH = 42
"""Bytes at the beginning of a record that say whose and what it is, as far as it has them."""


class FieldKind(Enum):
    """
    How a field's bytes become a value.
    """

    TEXT = "text"
    DIGITS = "digits"
    DECIMAL = "decimal"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of a part: *number* and *start* count from 1, *length* counts bytes.

    *key* is the stable short name, unique in its part.  *signed* says that the byte behind the field is its sign;
    *constant* is the value that the layout prescribes, or blank.
    """

    number: int
    name: str
    key: str
    start: int
    length: int
    kind: FieldKind
    decimals: int = 0
    right_aligned: bool = False
    constant: str = ""
    signed: bool = False

    @property
    def place(self) -> slice:
        """
        Return where the field's bytes stand in a record.
        """
        return slice(self.start - 1, self.start - 1 + self.length)

    @property
    def date_form(self) -> str:
        """
        Return how a date is written, in the data set's letters, or nothing for what is no date.
        """
        if self.kind is not FieldKind.DATE:
            return ""
        return "TTMMJJJJ" if self.length == len("TTMMJJJJ") else "MMJJJJ"

    @property
    def unused(self) -> bool:
        """
        Say whether the layout keeps these columns free (Leerstellen).
        """
        return self.name == "Leerstellen"

    @property
    def is_address(self) -> bool:
        """
        Say whether this only places the record: policy number and the like, or the number of its part.
        """
        return self.place.stop <= ADDRESS_LENGTH or self.key.startswith("SatzNr")

    @property
    def is_sign(self) -> bool:
        """
        Say whether this is the sign of the amount before it.
        """
        return self.constant == "+"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """
    One part (Teildatensatz) of a layout; there is one object for each, so that they are compared by identity.

    >>> part("0200", 1).field("Vertragsbeginn").start
    44
    """

    layout: str
    record_type: str
    line: str
    number: int
    version: str
    fields: tuple[Field, ...]
    by_key: dict[str, Field] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {each.key: each for each in self.fields})

    def field(self, key: str) -> Field:
        """
        Return the field with this short name; `KeyError` where the part has none.
        """
        return self.by_key[key]


def parts() -> tuple[Part, ...]:
    """
    Return all parts, by layout and number.
    """
    return tuple(_parts().values())


def part(layout: str, number: int) -> Part:
    """
    Return a part by its layout's name and its own number; `KeyError` where there is none.
    """
    return _parts()[layout, number]


@cache
def _parts() -> dict[tuple[str, int], Part]:
    data = resources.files(__package__).joinpath("layouts.csv").read_text(encoding="utf-8")
    found: dict[tuple[str, int], Part] = {}
    for (layout, record_type, line, version, number), rows in _blocks(csv.reader(data.splitlines())):
        made = Part(layout, record_type, line, int(number), version, tuple(_fields(rows)))
        found[layout, made.number] = made
    return found


def _blocks(rows: Iterator[list[str]]) -> Iterator[tuple[list[str], list[list[str]]]]:
    opening: list[str] = []
    block: list[list[str]] = []
    for row in rows:
        if row[0] != "=":
            block.append(row)
            continue
        if opening:
            yield opening, block
        opening, block = row[1:], []
    yield opening, block


def _fields(rows: Sequence[Sequence[str]]) -> Iterator[Field]:
    start = 1
    for index, (key, name, length, kind, constant) in enumerate(rows):
        behind = rows[index + 1][-1] if index + 1 < len(rows) else ""
        yield Field(
            index + 1,
            name,
            key,
            start,
            int(length),
            _KINDS.get(kind, FieldKind.DECIMAL),
            decimals=int(kind) if kind.isdigit() else 0,
            right_aligned=kind == "r",
            constant=constant,
            signed=kind.isdigit() and behind == "+",
        )
        start += int(length)


_KINDS = {"t": FieldKind.TEXT, "r": FieldKind.TEXT, "n": FieldKind.DIGITS, "d": FieldKind.DATE}

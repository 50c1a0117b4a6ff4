"""What a field's bytes say: text, digits, an amount or a date; what they cannot say is None, never a guess.

Blank means absent.  A date of zeros is absent too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import total_ordering
from typing import TypeAlias

from .layouts import Field, FieldKind


BLANK = b" \0"
"""Bytes that mean nothing is there; some senders pad with zero bytes."""


@total_ordering
@dataclass(frozen=True, slots=True)
class GdvDate:
    """
    A date of which day, or day and month, may be unknown.

    >>> str(GdvDate(2024, 8)), str(GdvDate(2024, 8, 31))
    ('2024-08', '2024-08-31')
    >>> GdvDate(2024, 8) < GdvDate(2024, 8, 1)
    True
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.year:04}"] + [f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def __lt__(self, other: GdvDate) -> bool:
        return self._order() < other._order()

    def date(self) -> date | None:
        """
        Return the day where all of it is known.
        """
        if self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)

    def _order(self) -> tuple[int, int, int]:
        return self.year, self.month or 0, self.day or 0


Value: TypeAlias = str | Decimal | GdvDate | None


def is_blank(data: bytes) -> bool:
    """
    Say whether a field's bytes hold nothing.
    """
    return not data.strip(BLANK)


def digits(data: bytes) -> str | None:
    """
    Return digits as they stand, leading zeros kept.

    >>> digits(b"007"), digits(b"  7"), digits(b"   "), digits(b"0x7")
    ('007', '7', None, None)
    """
    found = data.strip(BLANK)
    return found.decode("ascii") if found.isdigit() else None


def decimal(data: bytes, decimals: int) -> Decimal | None:
    """
    Return an amount whose last *decimals* digits stand behind the point; blanks before it stand for zeros.

    Blanks behind the digits leave open what their places are, so that such a field is none.

    >>> decimal(b"000012345", 2), decimal(b"    12345", 2), decimal(b"12345    ", 2)
    (Decimal('123.45'), Decimal('123.45'), None)
    """
    found = data.lstrip(BLANK)
    return Decimal(f"{found.decode()}E-{decimals}") if found.isdigit() else None


def cents(data: bytes) -> int | None:
    """
    Return the last digit's units in an amount: cents where it has two decimals; None where there is none to be read.

    >>> cents(b"000012345"), cents(b"    12345"), cents(b"12345    ")
    (12345, 12345, None)
    """
    found = data.lstrip(BLANK)
    return int(found) if found.isdigit() else None


def gdv_date(data: bytes) -> GdvDate | None:
    """
    Return a date written TTMMJJJJ or MMJJJJ; 00 stands for an unknown day or month.

    >>> gdv_date(b"31082024"), gdv_date(b"00082024"), gdv_date(b"082024"), gdv_date(b"31022024"), gdv_date(b"00000000")
    (GdvDate(year=2024, month=8, day=31), GdvDate(year=2024, month=8, day=None), \
GdvDate(year=2024, month=8, day=None), None, None)
    """
    if not data.isdigit() or len(data) not in {6, 8}:
        return None
    year, month, day = int(data[-4:]), int(data[-6:-4]), int(data[:-6] or b"0")
    if year == 0 or (day and not month):
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return GdvDate(year, month or None, day or None)


def is_readable(field: Field, data: bytes) -> bool:
    """
    Say whether a field's bytes are of its kind; blank ones are of every kind, zeros are of every date.
    """
    if field.kind is FieldKind.TEXT or is_blank(data):
        return True
    if field.kind is FieldKind.DIGITS:
        return digits(data) is not None
    if field.kind is FieldKind.DECIMAL:
        return decimal(data, field.decimals) is not None
    return gdv_date(data) is not None or not data.strip(b"0")

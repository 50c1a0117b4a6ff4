"""The months over which a big archive's shipments are spread: its rows and its directories agree on them."""

from __future__ import annotations


FIRST_YEAR = 2016
FIRST_MONTH = 11
MONTHS = 120


def month_of(number: int, count: int) -> str:
    """The year and month of the shipment with this number, one of so many, as they stand in its path."""
    month = FIRST_MONTH - 1 + (number - 1) * MONTHS // count
    return f"{FIRST_YEAR + month // 12:04d}/{month % 12 + 1:02d}"

"""How long what is kept must be kept by law, as data, and from which day on it may be deleted; nothing here deletes.

HGB § 257 and AO § 147: six years for business letters, which is what insurers' mail and data are, eight for vouchers,
which settlements of commission are; counted from the end of the calendar year.  The audit log is kept for ten, and
never shorter than what it proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from .kinds import Kind
from .zone import BERLIN


AUDIT = "audit"
"""The audit log's name among the kinds."""

LETTERS = "HGB § 257 (1) no. 2, (4)"
VOUCHERS = "AO § 147 (1) no. 4, (3)"

_SIX, _EIGHT, _TEN = 6, 8, 10

LEAST: Mapping[str, int] = {
    Kind.MAIL: _SIX,
    Kind.GDV_PORTFOLIO: _SIX,
    Kind.GDV_CHANGES: _SIX,
    Kind.CLAIMS: _SIX,
    Kind.COMMISSION: _EIGHT,
    Kind.EVENT: _SIX,
    # Nobody knows whether it holds a settlement.
    Kind.UNKNOWN: _EIGHT,
    AUDIT: _TEN,
}
"""The least number of years for each kind and for the audit log; longer is allowed, shorter is not."""

MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How many years what is of each kind is kept; *longer* holds those that the configuration names.
    """

    longer: Mapping[str, int] = field(default_factory=dict)

    def years(self, kind: str) -> int:
        """
        Return the years for a kind, or for :data:`AUDIT`.
        """
        return self.longer.get(kind, LEAST[kind])

    def first_day(self, kind: str, stored: datetime) -> date:
        """
        Return the first day, in Berlin, on which what was stored (or recorded) then may be deleted.
        """
        return first_day(stored.astimezone(BERLIN).year, self.years(kind))

    @property
    def shortest(self) -> int:
        """
        The years of the kind of shipment that is kept for the shortest time.
        """
        return min(self.years(kind) for kind in Kind)


def first_day(year: int, years: int) -> date:
    """
    Return the day after the last of a term that began with the end of *year*.
    """
    return date(year + years + 1, 1, 1)


def law_of(kind: str) -> str:
    """
    Return the law that a tombstone names for a kind whose term is over.
    """
    return VOUCHERS if LEAST[kind] == _EIGHT else LETTERS

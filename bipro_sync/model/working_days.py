"""Which days are worked on in a German state; what depends on it is told a day too late rather than too early."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from holidays import HolidayBase


STATES = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
"""The German states, by the letters of ISO 3166-2."""

_SATURDAY = 5


class WorkingDays:
    """
    The working days of a German state, or of *state* `DE`, where only what is a holiday everywhere is one; None knows
    no holidays at all.

    A holiday of a part of a state, of its Catholic communities, say, counts as one of all of it.
    """

    def __init__(self, state: str | None) -> None:
        self.state = state

    def has(self, day: date) -> bool:
        """
        Say whether *day* is worked on.
        """
        return day.weekday() < _SATURDAY and (self.state is None or day not in _holidays(self.state))


WEEKDAYS = WorkingDays(None)
"""Mondays to Fridays; with holidays, nothing is ever due earlier than by these."""


@lru_cache
def _holidays(state: str) -> HolidayBase:
    import holidays  # noqa: PLC0415 - a fifth of a second, and only where days are counted

    if state == "DE":
        return holidays.country_holidays("DE")
    return holidays.country_holidays("DE", subdiv=state, categories=("public", "catholic"))

"""Cron lines as points in time, right where clocks change: what a day has once is due once, and never not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


_ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
_EVERY = "*"


class CronLine:
    """
    A cron line of five fields, and the name of the time zone whose clocks it speaks of.

    `*` in the field of the hours means each hour that passes.  Any other line names times of the day: one that a day
    leaves out is due when the clocks have been put forward, one that a day has twice is due the first time.
    Raises :class:`ValueError` with what is wrong.
    """

    def __init__(self, text: str, timezone: str) -> None:
        self.text = text
        self._zone = ZoneInfo(timezone)
        self._fields = _times_of_the_day(text)
        try:
            CronSim(text, _ANCHOR)
            CronSim(self._fields, _ANCHOR)
        except CronSimError as error:
            raise ValueError(str(error)) from None

    def after(self, moment: datetime) -> datetime | None:
        """
        Return the first due time later than *moment*, with the zone's offset; None where there is none in 50 years.
        """
        return next(self.all_after(moment), None)

    def all_after(self, moment: datetime) -> Iterator[datetime]:
        """
        Yield all due times later than *moment*, in order.
        """
        for due in CronSim(self._fields, moment.astimezone(self._zone)):
            # In the hour that October has twice, the first of two equal times may lie before the moment.
            if due > moment.astimezone(UTC):
                yield due


def _times_of_the_day(text: str) -> str:
    """
    Return the line so that cronsim, which mimics Debian's cron, takes a star's steps (`*/2`) for the hours they stand
    for: as a star they would be counted by the hours that pass, and some days would have one twice, or not at all.
    """
    minute, hour, *rest = text.split()
    if hour == _EVERY:
        return text
    return " ".join([_spelled_out(minute, 59), _spelled_out(hour, 23), *rest])


def _spelled_out(field: str, last: int) -> str:
    terms = (f"0-{last}{term[1:]}" if term.startswith(_EVERY) else term for term in field.split(","))
    return ",".join(terms)

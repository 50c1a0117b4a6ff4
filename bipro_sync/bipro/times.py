"""Read the dates and times that insurers write; it never guesses: what it cannot read is None."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from ..model.zone import BERLIN


_TIME = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)[ ]?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


@lru_cache(maxsize=4096)
def parse_time(text: str) -> datetime | None:
    """
    Return the time, aware and in UTC; None where *text* is no time, or leaves the years 1 to 9999 in UTC.

    With Z, an offset, or no zone at all, which means Europe/Berlin; a blank may stand for the T; fractions of
    a second are read to the microsecond.
    """
    moment = _as_written(text)
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        return None


@lru_cache(maxsize=4096)
def parse_date(text: str) -> date | None:
    """
    Return the date, or the Berlin date of a time; None where *text* is neither.

    "For ever" is 9999-12-31 with any time and zone: where Berlin's calendar ends, the date is taken as written.
    """
    moment = _as_written(text)
    if moment is not None:
        try:
            return moment.astimezone(BERLIN).date()
        except OverflowError:
            return moment.date()
    match = _DATE.fullmatch(text.strip())
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _as_written(text: str) -> datetime | None:
    """
    Return the time with the zone it is written in; None where *text* is no time.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    written, zone = match.groups()
    try:
        moment = datetime.fromisoformat(written + (zone or ""))
    except ValueError:
        return None
    # Done so because replace(), which says it better, takes as long as all the rest, ten thousand times for a list.
    return moment if zone else datetime.combine(moment, moment.time(), BERLIN)

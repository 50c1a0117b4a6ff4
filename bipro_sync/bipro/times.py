"""Read the dates and times that insurers write; it never guesses: what it cannot read is None."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo


_BERLIN = ZoneInfo("Europe/Berlin")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?[ ]?(?:(Z)|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


def parse_time(text: str) -> datetime | None:
    """
    Return the time, aware and in UTC; None where *text* is no time.

    With Z, an offset, or no zone at all, which means Europe/Berlin; a blank may stand for the T; fractions of
    a second are read to the microsecond.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, utc, sign, hours, minutes = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}")
        moment += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
        if utc:
            return moment.replace(tzinfo=UTC)
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            return moment.replace(tzinfo=timezone(-offset if sign == "-" else offset)).astimezone(UTC)
        return moment.replace(tzinfo=_BERLIN).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_date(text: str) -> date | None:
    """
    Return the date, or the Berlin date of a time; None where *text* is neither.
    """
    moment = parse_time(text)
    if moment is not None:
        return moment.astimezone(_BERLIN).date()
    match = _DATE.fullmatch(text.strip())
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def parse_retry_after(header: str, now: datetime) -> float | None:
    """
    Return the seconds that a Retry-After header asks for, as a number or a date (RFC 9110, 10.2.3), else None.
    """
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())

"""Compare the insurer's clock with ours, from what its answers say; our own clock is never set."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ...model.ports import Clock


class InsurerClock:
    """
    The insurer's clock, as far as its answers tell of it.

    *skew* is its time minus ours in seconds, None before the first answer with a `Date` (RFC 9110, 6.6.1; whole
    seconds).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.skew: float | None = None

    def note(self, date: str, *, round_trip: float) -> None:
        """
        Take note of the `Date` of an answer that just came, *round_trip* seconds after its request left.
        """
        theirs = _http_date(date)
        if theirs is not None:
            self.skew = (theirs - self._clock.now()).total_seconds() + round_trip / 2

    def rest(self, retry_after: str) -> float | None:
        """
        Return the seconds that a `Retry-After` asks for, as a number or as a date by the insurer's clock
        (RFC 9110, 10.2.3); None where it says nothing of the kind.
        """
        if retry_after.isascii() and retry_after.isdecimal():
            return float(retry_after)
        until = _http_date(retry_after)
        if until is None:
            return None
        return max(0.0, (until - self._clock.now()).total_seconds() - (self.skew or 0.0))


def _http_date(text: str) -> datetime | None:
    """
    Read a date in one of HTTP's three forms (RFC 9110, 5.6.7); the one without a zone means UTC.
    """
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None

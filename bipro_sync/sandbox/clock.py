"""The insurer's own clock, which may be wrong and may jump; it never changes the machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


BERLIN = ZoneInfo("Europe/Berlin")


class Clock:
    """
    The machine's time, ahead by some seconds.
    """

    def __init__(self, skew: float) -> None:
        self._ahead = timedelta(seconds=skew)

    def now(self) -> datetime:
        """
        Return the time that this insurer believes in, in UTC.
        """
        return datetime.now(UTC) + self._ahead

    def local(self) -> str:
        """
        Return the time as the norm writes it: Europe/Berlin, whole seconds, no zone.
        """
        return self.now().astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M:%S")

    def jump(self, seconds: float) -> None:
        """
        Put the clock forward, or back.
        """
        self._ahead += timedelta(seconds=seconds)

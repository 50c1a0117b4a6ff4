"""The time zone in which insurers and brokers speak of days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


BERLIN = ZoneInfo("Europe/Berlin")


def moments(wall: datetime) -> list[datetime]:
    """
    Return the moments, in UTC, at which clocks in Berlin show *wall*, a time without a zone: one as a rule, two in the
    hour that October has twice, none in the hour that March leaves out.
    """
    found = {wall.replace(tzinfo=BERLIN, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(each for each in found if each.astimezone(BERLIN).replace(tzinfo=None) == wall.replace(fold=0))


def german(moment: datetime | date | None) -> str:
    """
    Return a day, or a moment in Berlin, as people of the office read it; nothing where there is none.
    """
    if isinstance(moment, datetime):
        return f"{moment.astimezone(BERLIN):%d.%m.%Y %H:%M}"
    return f"{moment:%d.%m.%Y}" if moment else ""

"""How times are shown to people: in UTC, to the second."""

from __future__ import annotations

from datetime import datetime


def shown_time(moment: datetime | None) -> str:
    """
    Return an aware time as a person reads it; a dash where there is none.
    """
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "-"

"""When a shipment that is not fetched, or held, ends so soon that a person is to be told of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ..model.zone import BERLIN


ENDING = timedelta(days=7)
"""How long before the end of a shipment's availability a person is told that it is not fetched."""


def ending_before(now: datetime) -> date:
    """
    Return the day before which an available shipment's last day must lie for a person to be told of it.
    """
    return (now.astimezone(BERLIN) + ENDING).date()

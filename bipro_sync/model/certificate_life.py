"""How near a certificate's end is, as data: on which days somebody is told, and how bad it is by then."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from .condition import Level


NOTICE_DAYS = (60, 30, 14, 7, 1)
"""Each is told once: the next certificate of a firm takes a code that comes by paper post."""

FIRST_NOTICE = timedelta(days=NOTICE_DAYS[0])

_WARNING = 30
_CRITICAL = 7


def days_left(not_after: datetime, now: datetime) -> int:
    """
    Return the whole days that are left; 0 on the last one, below that where it has ended.
    """
    return math.floor((not_after - now) / timedelta(days=1))


def notices(left: int) -> int:
    """
    Return how many notices are due with so many days *left*; one more where it has ended.
    """
    return sum(left <= days for days in NOTICE_DAYS) + (left < 0)


def level(left: int) -> Level:
    """
    Return how bad it is with so many days *left*; the first notice is none yet.
    """
    if left <= _CRITICAL:
        return Level.CRITICAL
    return Level.WARNING if left <= _WARNING else Level.OK

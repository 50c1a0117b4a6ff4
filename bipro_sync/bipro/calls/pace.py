"""Keep an account's calls below the rate that its insurer bears; a call is never dropped, it only begins later."""

from __future__ import annotations

import math
import threading
from collections import deque

import httpx2

from ...model.ports import Clock
from .pause import Pause


_SLOWEST = 0.1
"""Calls a second that are left however often the insurer complains."""
_UNMEASURED = 1.0
"""Calls a second that are taken for the rate so far where too few were made to know."""
_STEPS = 20
"""Answers without a complaint after which the rate has grown by as much as it was when the insurer complained."""


class Pace:
    """
    The rate of one account's calls, shared by its threads: additive increase, multiplicative decrease.

    *limit* is never exceeded (calls a second; 0: no limit until the insurer answers 429).
    """

    def __init__(self, limit: float, *, clock: Clock, pause: Pause) -> None:
        self._limit = limit or math.inf
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._rate = self._limit
        self._step = 0.0
        self._next = -math.inf
        self._slowed = -math.inf
        self._begun: deque[float] = deque(maxlen=16)

    def wait(self) -> None:
        """
        Wait until the next call may begin; soon over where the run is asked to stop.
        """
        with self._lock:
            if math.isinf(self._rate):
                return
            now = self._clock.monotonic()
            begin = max(now, self._next)
            self._next = begin + 1 / self._rate
        self._pause.wait(begin - now)

    def heed(self, http_status: int | None, *, begun: float) -> None:
        """
        Take note of the answer to the call that began at the monotonic second *begun*; None: there was none.

        Complaints about calls that began before the pace was last slowed down are one complaint with that one.
        """
        with self._lock:
            self._begun.append(begun)
            if http_status == httpx2.codes.TOO_MANY_REQUESTS:
                if begun > self._slowed:
                    self._slow_down()
            elif http_status is not None and httpx2.codes.is_success(http_status):
                self._rate = min(self._limit, self._rate + self._step)

    def _slow_down(self) -> None:
        measured = min(self._measured(), self._rate)
        self._rate = max(_SLOWEST, measured / 2)
        self._step = measured / _STEPS
        self._slowed = self._clock.monotonic()
        self._next = self._slowed + 1 / self._rate

    def _measured(self) -> float:
        span = max(self._begun) - min(self._begun)
        return (len(self._begun) - 1) / span if span > 0 else _UNMEASURED

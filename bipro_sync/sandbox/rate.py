"""Counts calls against the rate that an insurer allows; it never makes anybody wait itself."""

from __future__ import annotations

import math
import threading
import time


class Rate:
    """
    So many calls a second, as many at once (at least one); 0 allows all.  Safe from several threads.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second)
        self._left = self._most
        self._counted = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> int:
        """
        Count a call and return 0, or return the whole seconds after which the next one is allowed.
        """
        if not self._per_second:
            return 0
        with self._lock:
            now = time.monotonic()
            self._left = min(self._most, self._left + (now - self._counted) * self._per_second)
            self._counted = now
            if self._left < 1:
                return math.ceil((1 - self._left) / self._per_second)
            self._left -= 1
            return 0

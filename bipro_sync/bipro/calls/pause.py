"""Wait in steps short enough that whoever is asked to stop stops soon; it never decides why to wait."""

from __future__ import annotations

import time
from collections.abc import Callable


_STEP = 0.5
"""Seconds that a wait lasts at most before it asks whether to stop."""


def never() -> bool:
    """
    Say that there is no reason to stop.
    """
    return False


class Pause:
    """
    Waits by *sleep*, and ends early as soon as *stop* says so.
    """

    def __init__(self, stop: Callable[[], bool] = never, sleep: Callable[[float], None] = time.sleep) -> None:
        self._stop = stop
        self._sleep = sleep

    @property
    def is_over(self) -> bool:
        """
        Whether there is a reason to stop, so that no wait would begin.
        """
        return self._stop()

    def wait(self, seconds: float) -> bool:
        """
        Wait; False says that it ended early, because of the wish to stop.
        """
        while seconds > 0:
            if self.is_over:
                return False
            self._sleep(min(seconds, _STEP))
            seconds -= _STEP
        return not self.is_over

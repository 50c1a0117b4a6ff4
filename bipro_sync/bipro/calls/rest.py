"""Give an insurer the rest that it asks for: nothing leaves before it is over; nobody waits for that here."""

from __future__ import annotations

import math
import threading

from ...errors import TemporaryError
from ...model.ports import Clock


class Rest:
    """
    The moment, shared by an account's threads, before which its insurer wants no call.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._over_at = -math.inf

    def heed(self, seconds: float) -> None:
        """
        Take note that an answer just asked for a rest; the longest one asked for counts.
        """
        with self._lock:
            self._over_at = max(self._over_at, self._clock.monotonic() + seconds)

    def demand_over(self, insurer: str) -> None:
        """
        Raise :class:`TemporaryError` while the rest lasts.
        """
        left = self._over_at - self._clock.monotonic()
        if left > 0:
            raise TemporaryError(
                f"{insurer}: the insurer asked for a rest of {math.ceil(left)} more seconds; nothing was sent.",
                retry_after=left,
                sent=False,
            )

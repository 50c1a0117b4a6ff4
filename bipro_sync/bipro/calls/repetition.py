"""Repeat what a repetition may help, within one budget for the whole run; it never repeats what may do harm.

Who calls says by the error what happened: a call that may have been carried out and must not be twice never
ends here in an error that is repeated.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from typing import TypeVar

from ...errors import InsurerError, TemporaryError, UnreachableError
from .lost import RefusedCertificateError
from .pause import Pause


MOST_OF_ONE = 6
"""Repetitions of one and the same call: about a minute where the insurer names no time."""
LONGEST_WAIT = 300.0
"""Seconds of one wait at most; where `Retry-After` asks for more, nothing is repeated."""
MOST_WAITING = 600.0
"""Seconds of waiting that all calls of a run share."""

_FIRST_WAIT = 1.0
_LONGEST_UNASKED = 30.0

Result = TypeVar("Result")

_random = random.SystemRandom()


class PassingError(Exception):
    """
    Says that *error*, whose kind does not tell, may pass; *retry_after* is the rest in seconds that was asked for.
    """

    def __init__(self, error: InsurerError, retry_after: float | None) -> None:
        super().__init__()
        self.error = error
        self.retry_after = retry_after


def silent(_seconds: float) -> None:
    """
    Tell nobody that a repetition is waited for.
    """


class Repetition:
    """
    The budget of one run, shared by its threads: *most* repetitions and :data:`MOST_WAITING` seconds.

    *waiting* is told the seconds of each wait before it begins.
    """

    def __init__(self, most: int, *, pause: Pause, waiting: Callable[[float], None] = silent) -> None:
        self._left = most
        self._repeated = 0
        self._seconds = MOST_WAITING
        self._pause = pause
        self._waiting = waiting
        self._lock = threading.Lock()

    @property
    def repeated(self) -> int:
        """
        How often something was made once more.
        """
        return self._repeated

    def run(self, make: Callable[[], Result]) -> Result:
        """
        Return what *make* returns, repeated after :class:`TemporaryError`, :class:`UnreachableError` and
        :class:`PassingError`.

        Where the budget is used up, or the run is asked to stop, the last error stands; that of a
        :class:`PassingError` as itself.
        """
        for repeated in itertools.count():
            try:
                return make()
            except PassingError as passing:
                if not self._waited(passing, repeated):
                    raise passing.error from None
            except (TemporaryError, UnreachableError) as error:
                if not self._waited(error, repeated):
                    raise
        raise AssertionError

    def end(self) -> None:
        """
        Let nothing be repeated any more.
        """
        with self._lock:
            self._left = 0

    def _waited(self, error: Exception, repeated: int) -> bool:
        """
        Tell whether to repeat what has been *repeated* so often, after the wait for it.
        """
        if repeated == MOST_OF_ONE or not _helps(error) or self._pause.is_over:
            return False
        asked = error.retry_after if isinstance(error, (TemporaryError, PassingError)) else None
        unasked = min(_LONGEST_UNASKED, _FIRST_WAIT * 2**repeated * _random.uniform(1, 1.5))
        with self._lock:
            wait = min(unasked, self._seconds) if asked is None else asked
            if not self._left or not self._seconds or wait > min(LONGEST_WAIT, self._seconds):
                return False
            self._left -= 1
            self._seconds -= wait
        self._waiting(wait)
        if not self._pause.wait(wait):
            return False
        with self._lock:
            self._repeated += 1
        return True


def _helps(error: Exception) -> bool:
    if isinstance(error, RefusedCertificateError):
        return False
    return isinstance(error, (TemporaryError, UnreachableError, PassingError))

"""Runs, each in a process of its own: what kills one, or what it does not give back, ends with it and harms no other.

Processes are forked, not started anew, so that each works by the configuration that was checked, whatever the file
says by now.  That needs a parent without threads.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..errors import ExitCode


MOST_AT_ONCE = 4
"""Processes at work side by side, so that their memory is bounded, too."""

GRACE = 300.0
"""Seconds that a run is given to finish the shipment in hand when it is asked to end, before it is killed."""

_DEAD_BY_THEN = 60.0
"""Seconds after which even the kernel has ended what was killed, unless a disk hangs."""


@dataclass(slots=True)
class Run:
    """
    A process that pulls from some insurers of one account; times are monotonic seconds.
    """

    account: str
    insurers: tuple[str, ...]
    process: int
    begun: float
    asked: float | None = None
    killed: float | None = None

    def send(self, number: signal.Signals) -> None:
        """
        Send it a signal; one that is over has nobody to get it.
        """
        with suppress(ProcessLookupError):
            os.kill(self.process, number)


@dataclass(frozen=True, slots=True)
class Ended:
    """
    How a run ended: its exit code, or the signal that ended it.
    """

    run: Run
    exit_code: int | None
    by_signal: signal.Signals | None

    @property
    def as_asked(self) -> bool:
        """
        Whether it ended because it was asked to; also between its work and its end, where nothing heeds that any more.
        """
        heeded = self.exit_code == ExitCode.TERMINATED or self.by_signal is signal.SIGTERM
        return self.run.asked is not None and heeded


class Runs:
    """
    The processes at work; *monotonic* is the clock, *longest* the seconds that a run may last.
    """

    def __init__(self, monotonic: Callable[[], float], *, longest: float, grace: float = GRACE) -> None:
        self._monotonic = monotonic
        self.longest = longest
        self._grace = grace
        self._at_work: dict[str, Run] = {}

    def __len__(self) -> int:
        return len(self._at_work)

    def __contains__(self, account: str) -> bool:
        return account in self._at_work

    @property
    def insurers(self) -> list[str]:
        """
        Whose runs are at work.
        """
        return [insurer for run in self._at_work.values() for insurer in run.insurers]

    @property
    def room(self) -> int:
        """
        How many more may begin.
        """
        return MOST_AT_ONCE - len(self._at_work)

    @property
    def is_stuck(self) -> bool:
        """
        Whether one outlives its killing: then nobody here can help any more.
        """
        now = self._monotonic()
        return any(run.killed and now - run.killed > _DEAD_BY_THEN for run in self._at_work.values())

    def begin(self, account: str, insurers: Sequence[str], work: Callable[[], int]) -> None:
        """
        Let *work* pull in a process of its own, which ends with the exit code that it returns.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process == 0:
            _carry_out(work)
        self._at_work[account] = Run(account, tuple(insurers), process, self._monotonic())

    def ended(self) -> list[Ended]:
        """
        Return those that have ended since, each once; none is waited for.
        """
        over = []
        for run in [*self._at_work.values()]:
            process, status = os.waitpid(run.process, os.WNOHANG)
            if process:
                del self._at_work[run.account]
                code = os.waitstatus_to_exitcode(status)
                by_signal = signal.Signals(-code) if code < 0 else None
                over.append(Ended(run, None if by_signal else code, by_signal))
        return over

    def end_all(self) -> None:
        """
        Ask each to end after the shipment in hand.
        """
        for run in self._at_work.values():
            self._ask(run)

    def kill_all(self) -> None:
        """
        End each at once; what it had in hand the next run puts right.
        """
        for run in self._at_work.values():
            self._kill(run)

    def end_what_hangs(self) -> list[Run]:
        """
        Ask whatever has lasted too long to end, and kill what does not heed that; return those that were asked now.
        """
        now = self._monotonic()
        for run in self._at_work.values():
            if run.asked is not None and run.killed is None and now - run.asked > self._grace:
                self._kill(run)
        hanging = [run for run in self._at_work.values() if run.asked is None and now - run.begun > self.longest]
        for run in hanging:
            self._ask(run)
        return hanging

    def _ask(self, run: Run) -> None:
        if run.asked is None:
            run.asked = self._monotonic()
            run.send(signal.SIGTERM)

    def _kill(self, run: Run) -> None:
        run.killed = run.killed or self._monotonic()
        run.send(signal.SIGKILL)


def _carry_out(work: Callable[[], int]) -> None:
    """
    Be the process of a run, from here to its end.
    """
    code = 1
    try:
        # Ctrl-C at a terminal is for the parent, which lets its runs end in peace.
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        code = work()
    finally:
        # Nothing of the parent's is to be cleaned up here, however this ended.
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

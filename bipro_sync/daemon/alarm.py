"""The alarm clock: APScheduler wakes accounts when their cron lines say so; it decides nothing about what is due.

It has neither threads nor a memory of its own: whoever owns it asks it to ring, and after a restart catalogue and log
say what was missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from ..model.cron import CronLine


class AtTimes(BaseTrigger):
    """
    The times of several cron lines, each by the same *delay* later.
    """

    def __init__(self, lines: Sequence[CronLine], delay: timedelta) -> None:
        self._lines = lines
        self._delay = delay

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """
        Return the next of them after the previous one, in UTC.
        """
        begun = (previous_fire_time or now).astimezone(UTC) - self._delay
        # In UTC, where a delay is as long as it says on days that clocks change, too.
        times = [due.astimezone(UTC) + self._delay for line in self._lines if (due := line.after(begun))]
        return min(times, default=None)


class Alarm(BaseScheduler):
    """
    Calls *wake* with an account's name, in the thread of whoever lets it :meth:`ring`.
    """

    def __init__(self, wake: Callable[[str], None]) -> None:
        # Late is better than never, and once is enough.
        usual = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        super().__init__(timezone=UTC, executors={"default": DebugExecutor()}, job_defaults=usual)
        self._wake = wake
        self.start()

    def set(self, accounts: Iterable[tuple[str, Sequence[CronLine], timedelta]]) -> None:
        """
        Forget all times, and wake these accounts from now on, each by its lines and delay.
        """
        self.remove_all_jobs()
        for account, lines, delay in accounts:
            self.add_job(self._wake, AtTimes(lines, delay), args=[account])

    def once_more(self, account: str, moment: datetime) -> None:
        """
        Wake this account at a moment beside its times.
        """
        self.add_job(self._wake, DateTrigger(moment, UTC), args=[account])

    def ring(self) -> None:
        """
        Wake whoever is to be woken by now.
        """
        self._process_jobs()

    @property
    def next_time(self) -> datetime | None:
        """
        When somebody will be woken next, in UTC.
        """
        times: list[datetime] = [job.next_run_time for job in self.get_jobs()]
        return min(times, default=None)

    def shutdown(self, wait: bool = True) -> None:
        """
        Let nobody be woken any more.
        """
        super().shutdown(wait)

    def wakeup(self) -> None:
        """
        Do nothing: no thread of this one's sleeps.
        """

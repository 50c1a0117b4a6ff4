"""The daemon: pulls each insurer when it is due, until it is told to stop; it never pulls in its own process.

One loop in one thread: it sleeps until a signal comes or a moment has passed, looks at everything once, and tells
the service manager that it is alive.  Whatever hangs in it keeps that word from being said.
"""

from __future__ import annotations

import secrets
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from ..archive import Layout
from ..config import Config
from ..durable import FileLock, storage_error
from ..errors import BiproSyncError, BusyError, ConfigurationError, ExitCode
from ..insurers import MisconfiguredInsurer, effective
from ..model.ports import Clock
from ..model.zone import BERLIN
from .alarm import Alarm
from .due import Planned, planned, served
from .manager import ServiceManager
from .runs import Ended, Runs


Work = Callable[[Config, Sequence[str]], int]
Tell = Callable[[Config, Sequence[str], str], int]
Say = Callable[..., None]

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
_BEAT = 15.0
"""Seconds at most from one look at everything to the next."""

_LATER = timedelta(minutes=5)
"""After how long an account is tried again that another process works with, or that no process can be begun for."""

_TELLING = "telling"
"""What stands for an account where the process at work tells people of a run that died."""

_CLOCK_WAS_PUT = 60.0
"""Seconds by which the wall clock must leave the monotonic one until all times are reckoned anew."""


class Daemon:
    """
    One daemon for one archive.

    *work* pulls from the named insurers of a configuration and returns the exit code; it is called in processes of
    its own, as is *tell*, which tells people whose run was ended by which signal.  *reread* returns the configuration
    that follows one, or raises why it may not.  *say* takes lines for a person's eye.
    """

    def __init__(
        self,
        config: Config,
        *,
        work: Work,
        tell: Tell,
        reread: Callable[[Config], Config],
        say: Say,
        clock: Clock,
        manager: ServiceManager,
    ) -> None:
        self._config = config
        self._work, self._tell, self._reread, self._say = work, tell, reread, say
        self._clock, self._manager = clock, manager
        self._beat = min(_BEAT, (manager.patience or _BEAT * 3) / 3)
        self._lock = FileLock(Layout(config.archive.root).state / "daemon.lock")
        self._awake: dict[str, None] = {}
        self._alarm = Alarm(self._wake)
        self._runs = Runs(clock.monotonic, longest=config.daemon.longest_run.length.total_seconds())
        self._plan: tuple[Planned, ...] = ()
        self._served: dict[str, datetime] = {}
        self._clocks = 0.0
        self._interrupted = False

    def run(self) -> None:
        """
        Pull by schedule until SIGTERM or SIGINT; returns when the runs that were at work have ended.

        Raises :class:`~bipro_sync.errors.BusyError` where another daemon serves this archive.
        """
        if not self._lock.acquire(wait=False):
            raise BusyError(
                f"Another daemon serves the archive {self._config.archive.root}.",
                hint="One is enough; `systemctl status bipro-sync` tells of it.",
            )
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self._schedule()
            self._look()
            self._manager.tell(state="READY=1", status=self._status)
            while self._sleep():
                self._look()
            self._alarm.shutdown()
            self._stop()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._lock.release()

    def _schedule(self) -> None:
        """
        Set all alarms anew, and let everybody be looked at once: what fell due while nobody looked is made up for.
        """
        insurers = effective(self._config)
        for name, insurer in insurers.items():
            if isinstance(insurer, MisconfiguredInsurer):
                self._say(f"{name} is not pulled, because its configuration cannot be used:", *insurer.problems)
        self._plan = planned(insurers.values())
        accounts = defaultdict(list)
        for each in self._plan:
            accounts[each.account].append(each.line)
        # By chance, so that not all brokers knock at the same second; the same for all runs until the next start.
        jitter = int(self._config.daemon.jitter.length.total_seconds())
        delays = {account: timedelta(seconds=secrets.randbelow(jitter + 1)) for account in accounts}
        self._alarm.set((account, lines, delays[account]) for account, lines in accounts.items())
        self._awake = dict.fromkeys(accounts)
        self._runs.longest = self._config.daemon.longest_run.length.total_seconds()
        self._clocks = self._clock_difference

    def _wake(self, account: str) -> None:
        self._awake[account] = None

    def _sleep(self) -> bool:
        """
        Wait for a signal, a moment at most; return whether to go on.
        """
        told = signal.sigtimedwait(_SIGNALS, self._until_next)
        number = told.si_signo if told else None
        if number == signal.SIGHUP:
            self._reload()
        self._interrupted = number == signal.SIGINT
        return number not in {signal.SIGTERM, signal.SIGINT}

    @property
    def _until_next(self) -> float:
        following = self._alarm.next_time
        if following is None:
            return self._beat
        return min(self._beat, max(0.0, (following - self._clock.now()).total_seconds()))

    def _look(self) -> None:
        if abs(self._clock_difference - self._clocks) > _CLOCK_WAS_PUT:
            self._schedule()
        self._alarm.ring()
        self._see_to_runs()
        self._begin_runs()
        self._manager.tell(state="" if self._runs.is_stuck else "WATCHDOG=1", status=self._status)

    @property
    def _clock_difference(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _see_to_runs(self) -> None:
        for ended in self._runs.ended():
            self._note(ended)
        for run in self._runs.end_what_hangs():
            self._say(f"{', '.join(run.insurers)}: the run lasts longer than [daemon] longest_run, so it is ended.")

    def _note(self, ended: Ended) -> None:
        names = ", ".join(ended.run.insurers)
        if ended.as_asked:
            return
        if ended.run.account == _TELLING:
            if ended.exit_code != ExitCode.OK:
                self._say(f"{names}: that the run died could not be told everybody; it is tried again.")
        elif ended.by_signal:
            self._say(f"{names}: the run was ended by {ended.by_signal.name}; the next one puts right what it left.")
            self._tell_of_death(ended.run.insurers, ended.by_signal.name)
        elif ended.exit_code == ExitCode.BUSY:
            self._try_later(ended.run.account, ended.run.insurers)
        elif ended.exit_code:
            self._say(f"{names}: the run ended with {ended.exit_code}.")

    def _tell_of_death(self, insurers: Sequence[str], by_signal: str) -> None:
        if _TELLING in self._runs:
            # Several died at once, as where memory ran out; the next run tells in what state each insurer is.
            return
        with suppress(OSError):
            self._runs.begin(_TELLING, insurers, partial(self._carry_out_telling, insurers, by_signal))

    def _carry_out_telling(self, insurers: Sequence[str], by_signal: str) -> int:
        self._lock.release()
        return self._tell(self._config, insurers, by_signal)

    def _try_later(self, account: str, insurers: Iterable[str]) -> None:
        for name in insurers:
            self._served.pop(name, None)
        self._alarm.once_more(account, self._clock.now() + _LATER)

    def _begin_runs(self) -> None:
        waiting = [account for account in self._awake if account not in self._runs]
        if not waiting or self._runs.room < 1:
            return
        now, known = self._clock.now(), self._known()
        for account in waiting:
            if self._runs.room < 1:
                return
            del self._awake[account]
            due = [each.insurer for each in self._plan if each.account == account and self._is_due(each, known, now)]
            if due:
                # Noted here, too: a run that could not even note its attempt is not begun again and again.
                self._served.update(dict.fromkeys(due, now))
                try:
                    self._runs.begin(account, due, partial(self._carry_out, due))
                except OSError as error:
                    self._say(f"{', '.join(due)}: no process can be begun: {error.strerror}; it is tried again soon.")
                    self._try_later(account, due)

    def _is_due(self, each: Planned, known: Mapping[str, datetime], now: datetime) -> bool:
        return each.is_due([found[each.insurer] for found in (known, self._served) if each.insurer in found], now)

    def _known(self) -> Mapping[str, datetime]:
        try:
            return served(self._config)
        except (BiproSyncError, OSError) as error:
            self._complain(error)
        # A pull will say what is the matter, and this process remembers what it has begun itself.
        return {}

    def _carry_out(self, insurers: Sequence[str]) -> int:
        self._lock.release()
        return self._work(self._config, insurers)

    def _reload(self) -> None:
        self._manager.tell(state="RELOADING=1")
        try:
            self._config = self._reread(self._config)
        except (BiproSyncError, OSError) as error:
            self._complain(error)
            self._say("The configuration from before stays in force.")
        else:
            self._schedule()
            self._say(f"The configuration {self._config.path} was read anew.")
        self._manager.tell(state="READY=1", status=self._status)

    def _complain(self, error: BiproSyncError | OSError) -> None:
        said = error if isinstance(error, BiproSyncError) else storage_error("use", self._config.archive.root, error)
        problems = said.problems if isinstance(said, ConfigurationError) else ()
        self._say(f"error: {said.message}", *(f"  - {each}" for each in problems), f"hint: {said.hint}")

    def _stop(self) -> None:
        """
        Let the shipments in hand be finished, for a while, and end.
        """
        self._manager.tell(state="STOPPING=1", status="stopping; the shipments in hand are finished first")
        self._runs.end_all()
        while len(self._runs):
            told = signal.sigtimedwait(_SIGNALS, 1.0)
            # Ctrl-C once more says that nobody wants to wait.
            if self._interrupted and told and told.si_signo == signal.SIGINT:
                self._runs.kill_all()
            self._see_to_runs()
            if self._runs.is_stuck:
                return
            self._manager.tell(state="WATCHDOG=1")

    @property
    def _status(self) -> str:
        following = self._alarm.next_time
        parts = [f"{len(self._plan)} insurer{'' if len(self._plan) == 1 else 's'}"]
        parts += [f"at work: {', '.join(self._runs.insurers)}"] if len(self._runs) else []
        parts += [f"next at {following.astimezone(BERLIN):%Y-%m-%d %H:%M}"] if following else []
        return "; ".join(parts)

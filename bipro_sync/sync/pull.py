"""Pulling several insurers, each under its account's lock; one insurer's failure stops no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..durable import storage_error
from ..errors import (
    BiproSyncError,
    ConfigurationError,
    InterruptedRunError,
    ReserveReachedError,
    StorageError,
    unexpected,
    worst,
)
from ..insurers import Insurer, MisconfiguredInsurer, TokenShelf, effective
from .access import demand_service, suspended_error
from .asked_for import account_for
from .gdv_after_pull import index_after_pull
from .halt import Halt, InsurerHalt
from .hands import work_through
from .holding import held
from .insurer_pull import InsurerPull
from .problem_memory import remember_problems
from .progress import Progress
from .remarks import remark_on_clocks
from .results import InsurerResult, PullResult
from .selection import PullOptions
from .workplace import Workplace


MOST_AT_ONCE = 8
"""Accounts that are pulled side by side."""

_LAST_WORDS = 5.0
"""Seconds that are left to note how they ended where nothing more is waited for."""


@dataclass(slots=True)
class _Account:
    """
    The sections of one account, which share login and lock and so come one after the other, and their results.
    """

    sections: list[tuple[Insurer | MisconfiguredInsurer, InsurerResult]]
    begun: bool = False
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Pull:
    """
    One pull of several accounts.
    """

    place: Workplace
    options: PullOptions
    progress: Progress
    halt: Halt
    shelf: TokenShelf = field(default_factory=TokenShelf)

    def work_through(self, accounts: Sequence[_Account]) -> None:
        """
        Pull them side by side; where that is interrupted, let each note that it was.
        """
        try:
            wrong = work_through(
                accounts, self._account, hands=MOST_AT_ONCE, may_begin=_nothing_objects, may_wait=_nothing_objects
            )
        except KeyboardInterrupt:
            self.halt.at_once = True
            for account in accounts:
                if account.begun:
                    account.over.wait(_LAST_WORDS)
            raise
        if wrong:
            raise worst(wrong)

    def _account(self, account: _Account) -> None:
        account.begun = True
        try:
            for number, (insurer, result) in enumerate(account.sections, start=1):
                self._section(insurer, result, keep_session=number < len(account.sections))
        finally:
            account.over.set()

    def _section(self, insurer: Insurer | MisconfiguredInsurer, result: InsurerResult, *, keep_session: bool) -> None:
        if isinstance(insurer, MisconfiguredInsurer):
            result.errors.append(_misconfigured(insurer))
        elif self.halt.broken is not None:
            result.errors.append(self.halt.broken)
        else:
            self._pull_one(insurer, result, keep_session=keep_session)

    def _pull_one(self, insurer: Insurer, result: InsurerResult, *, keep_session: bool) -> None:
        progress = self.progress.insurer(insurer.name)
        halt = InsurerHalt(self.halt, lambda: suspended_error(self.place, insurer, "nothing more was sent to it"))
        one = InsurerPull(
            self.place, insurer, self.options, result, progress, halt, self.shelf, keep_session=keep_session
        )
        try:
            _run_held(one)
        except BiproSyncError as error:
            result.errors.append(error)
            # A wait that was ended by the wish to stop ends in the error that was waited out.
            if (reason := halt.reason) and reason.code != error.code:
                result.errors.append(reason)
        except OSError as error:
            result.errors.append(storage_error("use", self.place.layout.root, error))
        except Exception as error:  # noqa: BLE001 - a bug at one insurer must not leave the others' mail unfetched
            result.errors.append(unexpected(error))
        self.halt.broken = self.halt.broken or next((error for error in result.errors if _ends_all(error)), None)


def pull(
    place: Workplace,
    insurers: Sequence[Insurer | MisconfiguredInsurer],
    options: PullOptions,
    *,
    progress: Progress,
    stop: Callable[[], BiproSyncError | None],
) -> PullResult:
    """
    Pull these insurers side by side, the sections of one account one after the other.

    One insurer's failure stops no other, except that a storage error ends all fetching below this root
    (invariant I5).  Only when all are through are GDV files looked at, which changes no state and no exit code.  *stop*
    is asked between shipments; what it returns ends the run with a clean state.  Raises
    :class:`KeyboardInterrupt` where this thread gets it; what was in hand is left to the next run's recovery then.
    """
    accounts: dict[str, _Account] = {}
    results = []
    for insurer in insurers:
        result = InsurerResult(insurer.name)
        results.append(result)
        # Where a section cannot be used its account is not known, and nothing is sent anyway.
        account = insurer.account if isinstance(insurer, Insurer) else f"[{insurer.name}]"
        accounts.setdefault(account, _Account([])).sections.append((insurer, result))
    halt = Halt(stop)
    _Pull(place, options, progress, halt).work_through([*accounts.values()])
    remark_on_clocks(place, results)
    if halt.broken is None:
        account_for(place, results, options)
        if not options.dry_run:
            _remember_problems(place, results)
            index_after_pull(place, results, may_go_on=lambda: stop() is None)
    return PullResult(tuple(results))


def _nothing_objects() -> None:
    """
    Let every account begin, and this thread wait: the accounts themselves ask whether to go on.
    """


def _remember_problems(place: Workplace, results: Sequence[InsurerResult]) -> None:
    """
    Let `status` and `check` know of every section that cannot be used, of those that nobody pulls any more, too.
    """
    found = effective(place.config).values()
    try:
        remember_problems(
            place.layout, {each.name: each.problems for each in found if isinstance(each, MisconfiguredInsurer)}
        )
    except StorageError as error:
        for result in results[:1]:
            result.errors.append(error)


def _misconfigured(insurer: MisconfiguredInsurer) -> ConfigurationError:
    message = f"The configuration of {insurer.name} cannot be used: {'; '.join(insurer.problems)}"
    return ConfigurationError(message, problems=insurer.problems)


def _ends_all(error: BiproSyncError) -> bool:
    return isinstance(error, StorageError | InterruptedRunError) and not isinstance(error, ReserveReachedError)


def _run_held(insurer_pull: InsurerPull) -> None:
    place, insurer = insurer_pull.place, insurer_pull.insurer
    with held(place.layout, insurer.account, insurer=insurer.name):
        demand_service(place, insurer)
        insurer_pull.run()

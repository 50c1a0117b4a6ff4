"""Which insurers are due: by their cron lines and by what catalogue and audit log say of their last runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from ..archive import Layout
from ..catalog import Queries
from ..config import Config
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.cron import CronLine
from ..sync.last_run import DIED, as_it_ended
from ..sync.workplace import open_queries


_CUT_SHORT = frozenset({DIED, "interrupted", "terminated"})
"""How a run ended that leaves its due time to the next one."""


@dataclass(frozen=True, slots=True)
class Planned:
    """
    An insurer that is pulled by itself: at which times, and with whom it shares an account.
    """

    insurer: str
    account: str
    line: CronLine

    def is_due(self, served: Iterable[datetime], now: datetime) -> bool:
        """
        Whether a due time has passed since this insurer was *served* last, or it never was.

        However many have passed, one run serves them all.  What was served in the future was so by a clock that was
        wrong.
        """
        last = max((moment for moment in served if moment <= now), default=None)
        if last is None:
            return True
        due = self.line.after(last)
        return due is not None and due <= now


def planned(insurers: Iterable[Insurer | MisconfiguredInsurer]) -> tuple[Planned, ...]:
    """
    Return those that can be pulled.
    """
    return tuple(
        Planned(each.name, each.account, CronLine(each.schedule, each.timezone))
        for each in insurers
        if isinstance(each, Insurer)
    )


def served(config: Config) -> Mapping[str, datetime]:
    """
    Return when each insurer was pulled last, by anybody: the end of that run, or its begin where it is at work.

    Who never was, or whose last run was cut short, is missing.  Raises
    :class:`~bipro_sync.errors.BiproSyncError` where the archive cannot be asked.
    """
    layout = Layout(config.archive.root)
    if not layout.is_begun:
        return {}
    with closing(open_queries(config)) as catalogue:
        summaries = [each for each in Queries(catalogue).summaries() if each.insurer in config.insurers]
    ended = (as_it_ended(layout, each) for each in summaries)
    return {
        each.insurer: each.last_attempt_at
        for each in ended
        if each.last_attempt_at is not None and each.last_outcome not in _CUT_SHORT
    }

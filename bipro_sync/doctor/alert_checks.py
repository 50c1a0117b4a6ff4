"""Whether people can be told of trouble, as far as the last tries tell; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from ..archive import Layout
from ..config import Config
from ..notify.memory import failing_channels
from .check import Check, Verdict


_ID = "alerts"


def alert_checks(config: Config) -> Iterator[Check]:
    """
    Yield which ways of telling people do not work, or that nothing is known against them; nothing where there are none.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be read.
    """
    failing = failing_channels(config.alerts, Layout(config.archive.root).alerts)
    remedy = "`bipro-sync alert test` tries each way, and says what is wrong."
    for each in failing:
        sentence = f"Alerts by {each.about} do not get through since {each.facts['since']}."
        yield Check(_ID, None, Verdict.WARN, sentence, remedy)
    if config.alerts.tells and not failing:
        yield Check(_ID, None, Verdict.OK, f"People are told of trouble by {' and '.join(config.alerts.channels)}.")

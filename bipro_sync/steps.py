"""The steps after each run, in their order: whoever pulls, by hand or by schedule, carries out these and no others.

What a step needs is imported when it is carried out: a step that is not configured costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .sync.after_run import FinishedRun, Step


def _seal(run: FinishedRun) -> Sequence[str]:
    """
    Sign the log and tell its anchors, where somebody signs it.
    """
    place = run.place
    if not place.config.audit.is_signed:
        return ()
    from .anchors.sealing import Seal

    return Seal(place.config.audit, place.layout.audit, place.clock, place.audit).after_a_run()


def _notice(run: FinishedRun) -> Iterable[str]:
    """
    Say which certificates end soon.
    """
    from .sync.certificates import notice_ends

    return notice_ends(run)


def _feed(run: FinishedRun) -> Iterable[str]:
    """
    Write the figures for a monitoring.
    """
    from .sync.telling import feed_prometheus

    return feed_prometheus(run)


def _tell(run: FinishedRun) -> Iterable[str]:
    """
    Tell people what has changed.
    """
    from .sync.telling import tell_people

    return tell_people(run)


STEPS = (Step("audit", _seal), Step("certificates", _notice), Step("alerts", _tell), Step("monitoring", _feed))
"""The log is sealed once everything before it stands in it; what tells of the run comes last."""

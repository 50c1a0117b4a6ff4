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


_TEXT_SECONDS = 60.0
"""How long a run goes on beginning to read documents; the next one goes on where it ended."""


def _read_documents(run: FinishedRun) -> Sequence[str]:
    """
    Enter what PDF files say into the index, where the library for that is installed.
    """
    place = run.place
    if run.options.dry_run or not place.config.archive.read_pdf:
        return ()
    from .texts import is_installed

    if not is_installed():
        return ()
    from .errors import BusyError
    from .sync.document_texts import read_texts

    try:
        read_texts(place.archive, place.queries, seconds=_TEXT_SECONDS, stop=run.stop)
    except BusyError:
        return ()  # who is at work there reads these, too
    return ()


def _hand_over(run: FinishedRun) -> Iterable[str]:
    """
    Hand over to the configured targets what they are owed.
    """
    place = run.place
    if run.options.dry_run:
        return
    for name, section in place.config.handover.items():
        from .catalog import Marks
        from .handover import Desk, hand_over

        desk = Desk(
            archive=place.archive,
            marks=Marks(place.catalogue),
            audit=place.audit,
            clock=place.clock,
            operation=place.verb,
        )
        report = hand_over(desk, name, section)
        run.events.extend(report.events())
        yield from report.warnings()


def _report(run: FinishedRun) -> Sequence[str]:
    """
    Write the pages for the office.
    """
    if run.options.dry_run or not run.place.config.reports.directory:
        return ()
    from .insurers import effective
    from .report import write_after_run

    write_after_run(run.place, effective(run.place.config))
    return ()


NEEDED = (
    *("handover", "report", "anchors.sealing", "sync.telling", "sync.figures", "notify.pings", "notify.mail"),
    *("notify.webhook", "texts", "sync.document_texts", "sync.certificates"),
)
"""The modules that steps import when they are carried out, for a process that outlives an upgrade of its files."""

STEPS = (
    Step("certificates", _notice),
    Step("handover", _hand_over),
    Step("reports", _report),
    Step("audit", _seal),
    Step("alerts", _tell),
    Step("monitoring", _feed),
    Step("texts", _read_documents),
)
"""What is handed over stands in the log, which is sealed once everything does; what nobody waits for comes last."""

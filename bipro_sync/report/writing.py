"""Writing reports and the worklist's page where people look for them; each takes the place of the one before, whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from ..audit import AuditLog, RecordType
from ..catalog import Worklist
from ..durable import replace
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.zone import BERLIN
from ..sync.workplace import Workplace
from .inbox import USUALLY, Shelf, inbox
from .inbox_page import inbox_page
from .period import Period, Report, report_on
from .report_csv import report_csv
from .report_page import report_page


_FOR_THE_GROUP = 0o640
_MOST = 500
"""Shipments of the worklist's page."""

_LATE = timedelta(days=3)
"""For so long after its end a month's report is written anew: the last run of a month may be days later."""


def write_report(report: Report, directory: Path) -> tuple[Path, Path]:
    """
    Write a report's page and its CSV into *directory*, durably, and return where they are.
    """
    shown, counted = directory / f"{report.period.name}.html", directory / f"{report.period.name}.csv"
    replace(counted, report_csv(report), _FOR_THE_GROUP, exactly=True)
    replace(shown, report_page(report).encode(), _FOR_THE_GROUP, exactly=True)
    return shown, counted


def write_after_run(place: Workplace, insurers: Mapping[str, Insurer | MisconfiguredInsurer]) -> None:
    """
    Write what [reports] wants after a run: the day, the month, and the worklist of what nobody has dealt with.
    """
    section, now = place.config.reports, place.clock.now()
    if not section.directory:
        return
    directory = Path(section.directory)
    for period in _periods(now.astimezone(BERLIN).date()):
        head = place.audit.last_record()
        write_report(report_on(period, place.config, place.queries, insurers, head=head, now=now), directory)
    if section.inbox:
        _write_inbox(place, insurers, directory / "inbox.html", now)


def _periods(today: date) -> Iterator[Period]:
    yield Period.of_day(today)
    yield Period.of_month(today)
    if (earlier := Period.of_month(today - _LATE)) != Period.of_month(today):
        yield earlier


def _write_inbox(
    place: Workplace, insurers: Mapping[str, Insurer | MisconfiguredInsurer], path: Path, now: datetime
) -> None:
    shelf = Shelf(place.archive, place.queries, Worklist(place.catalogue), insurers)
    found = inbox(shelf, since=now - USUALLY, person=None, limit=_MOST)
    _note(place.audit, place.verb, Counter(item.entry.insurer for item in found.items))
    replace(path, inbox_page(found, now=now).encode(), _FOR_THE_GROUP, exactly=True)


def _note(audit: AuditLog, operation: str, shown: Counter[str]) -> None:
    """
    Record whose customers' numbers are about to be written, before they are.
    """
    for insurer, count in shown.items():
        audit.write(RecordType.EXPORT, operation=operation, insurer=insurer, count=count, detail="worklist page")

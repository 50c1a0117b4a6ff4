"""Handing over what targets are owed: files first, each with its side-car, then the day's index, then the marks.

A crash before the marks repeats what was not marked, under the same names (I8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby

from ..archive import Archive
from ..audit import AuditLog, RecordType
from ..catalog import Entry, Marks
from ..config import HandoverSection
from ..durable import FileLock
from ..errors import HandoverError, IntegrityError
from ..model.marks import Mark, Verdict
from ..model.ports import Clock
from ..model.zone import BERLIN
from .bringing import bring, index_path, path_of
from .contents import Delivery, delivery_of
from .describing import index, index_row
from .scanning import is_infected
from .target import Target, target_errors
from .target_report import TargetReport


_AT_ONCE = 200
"""Shipments between two indices: what a crash repeats at most."""

_GIVEN_UP = 3
"""After so many scans in a row that said nothing the scan itself is what does not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """
    Where the one who hands over works: the archive, its marks, its log, and what the log calls the command.
    """

    archive: Archive
    marks: Marks
    audit: AuditLog
    clock: Clock
    operation: str


def hand_over(desk: Desk, name: str, section: HandoverSection, *, again: Sequence[Entry] | None = None) -> TargetReport:
    """
    Hand over to one target what it is owed, or with *again* these shipments whatever was before.

    What cannot be handed over now stays owed and stands in the report; it is remembered since when that is so.
    """
    report = TargetReport(name)
    with FileLock(desk.archive.layout.state / f"handover-{name}.lock"):
        handing = _Handing(desk, name, section, report)
        try:
            handing.run(again)
        except HandoverError as error:
            report.lacking.insert(0, error.message)
        # That some shipments went says nothing of what else is owed.
        if again is None or report.lacking:
            desk.marks.note_trouble(name, report.lacking[0] if report.lacking else None, desk.clock.now())
    return report


class _Handing:
    def __init__(self, desk: Desk, name: str, section: HandoverSection, report: TargetReport) -> None:
        self._desk = desk
        self._name = name
        self._section = section
        self._report = report
        self._target = Target(name, section.target)
        self._rows: dict[str, tuple[object, ...]] = {}
        self._unscanned = 0

    def run(self, again: Sequence[Entry] | None) -> None:
        section = self._section
        since = datetime.combine(section.since, time(), BERLIN) if section.since else None
        owed: Iterable[Entry] = again or ()
        if again is None:
            owed = self._desk.marks.owed(self._name, kinds=section.kinds, since=since)
        self._target.demand(begun=self._desk.marks.is_begun(self._name))
        for (insurer, day), entries in groupby(owed, key=_insurer_and_day):
            self._rows = {}
            for some in _batches(entries):
                self._hand(insurer, day, some)

    def _hand(self, insurer: str, day: datetime, entries: Sequence[Entry]) -> None:
        handed: list[Delivery] = []
        marks: list[Mark] = []
        trouble: HandoverError | None = None
        for entry in entries:
            try:
                delivery = delivery_of(self._desk.archive, entry)
                verdict = self._verdict(delivery)
                if verdict is Verdict.HANDED_OVER:
                    with target_errors(self._name):
                        bring(self._target, self._section.names, delivery, side_cars=self._section.format == "json")
                    handed.append(delivery)
                if verdict is not None:
                    marks.append(self._mark(entry, verdict))
            except IntegrityError as error:
                self._report.lacking.append(f"{self._name}: {error.message}")
            except HandoverError as error:
                trouble = error
                break
        if handed:
            with target_errors(self._name):
                self._write_index(insurer, day, handed)
        self._remember(marks, handed)
        if trouble:
            raise trouble

    def _verdict(self, delivery: Delivery) -> Verdict | None:
        """
        Return what is to become of it; None where the scan says nothing, so that it is tried again later.

        Raises :class:`~bipro_sync.errors.HandoverError` where the scan has said nothing several times in a row.
        """
        if self._section.scan is None:
            return Verdict.HANDED_OVER
        manifest = delivery.manifest
        try:
            infected = is_infected(self._section.scan, [item.source for item in delivery.items if item.source])
        except HandoverError as error:
            self._unscanned += 1
            if self._unscanned == _GIVEN_UP:
                raise HandoverError(f"{self._name}: {error.message}") from None
            self._report.lacking.append(f"{self._name}: {manifest.insurer}/{manifest.shipment}: {error.message}")
            return None
        self._unscanned = 0
        if infected:
            self._report.infected.append(f"{manifest.insurer}/{manifest.shipment}")
            return Verdict.INFECTED
        return Verdict.HANDED_OVER

    def _write_index(self, insurer: str, day: datetime, handed: Sequence[Delivery]) -> None:
        if not self._rows:
            earlier = self._desk.marks.handed_over(self._name, insurer, day, day + timedelta(days=1))
            for entry in earlier:
                try:
                    self._rows |= self._rows_of(delivery_of(self._desk.archive, entry))
                except IntegrityError:
                    continue  # it was handed over, and is gone by now; `archive verify` says so where it should not be
        for delivery in handed:
            self._rows |= self._rows_of(delivery)
        self._target.put(index(self._rows.values()), index_path(insurer, f"{day:%Y-%m-%d}"))

    def _rows_of(self, delivery: Delivery) -> dict[str, tuple[object, ...]]:
        paths = ((item, path_of(self._section.names, delivery, item)) for item in delivery.items)
        return {str(path): index_row(delivery, item, path) for item, path in paths}

    def _mark(self, entry: Entry, verdict: Verdict) -> Mark:
        assert entry.manifest_sha256 is not None
        return Mark(
            target=self._name,
            insurer=entry.insurer,
            shipment=entry.id,
            manifest_sha256=entry.manifest_sha256,
            verdict=verdict,
            at=self._desk.clock.now(),
        )

    def _remember(self, marks: Sequence[Mark], handed: Sequence[Delivery]) -> None:
        accounts = {(each.entry.insurer, each.entry.id): each for each in handed}
        for mark in marks:
            delivery = accounts.get((mark.insurer, mark.shipment))
            items = delivery.items if delivery else ()
            self._desk.audit.write(
                RecordType.HANDOVER,
                durable=False,
                operation=self._desk.operation,
                insurer=mark.insurer,
                shipment=mark.shipment,
                count=len(items),
                bytes=sum(item.size for item in items),
                outcome=mark.verdict,
                detail=mark.said,
            )
            self._report.files += len(items)
            self._report.shipments += delivery is not None
        if marks:
            # The log first: from it the marks are told again where the catalogue is lost (I10).
            self._desk.audit.settle()
            self._desk.marks.put(marks)


def _insurer_and_day(entry: Entry) -> tuple[str, datetime]:
    assert entry.stored_at is not None
    day = entry.stored_at.astimezone(BERLIN).date()
    return entry.insurer, datetime.combine(day, time(), BERLIN)


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch

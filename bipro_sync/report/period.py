"""What a day or a month brought, and how everything stands: gathered from the catalogue and what is known anyway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ..audit import LastRecord
from ..catalog import Queries
from ..config import Config
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.condition import Condition
from ..model.kinds import Kind
from ..model.states import ShipmentState
from ..model.zone import BERLIN
from ..sync.certificate_memory import KeptCertificate
from ..sync.conditions import all_conditions
from ..sync.overview import Overview, overview


TROUBLED = (
    ShipmentState.FAILED,
    ShipmentState.QUARANTINED,
    ShipmentState.CONFLICT,
    ShipmentState.VANISHED,
    ShipmentState.ACK_REFUSED,
)
"""The states that a report counts, in its order."""


@dataclass(frozen=True, slots=True)
class Period:
    """
    The days in Berlin from *first* to *last*, and what the report about them is called.
    """

    name: str
    title: str
    first: date
    last: date

    @classmethod
    def of_day(cls, day: date) -> Period:
        """
        Return the one day, for the report after a run.
        """
        return cls("run", f"Stand nach dem letzten Abruf, Eingänge vom {day:%d.%m.%Y}", day, day)

    @classmethod
    def of_month(cls, day: date) -> Period:
        """
        Return the month that *day* lies in.
        """
        first = day.replace(day=1)
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return cls(f"month-{first:%Y-%m}", f"Monatsbericht {first:%m/%Y}", first, last)

    @property
    def days(self) -> list[date]:
        """
        Each day of it.
        """
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def begin(self) -> datetime:
        """
        When it begins.
        """
        return datetime.combine(self.first, time(), BERLIN)

    @property
    def end(self) -> datetime:
        """
        When the day after it begins.
        """
        return datetime.combine(self.last + timedelta(days=1), time(), BERLIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    What a period brought (*delivered* by insurer, kind and day), and how everything stands now.

    *certificates* has an entry for each insurer that is logged in to with one, None where no run has opened it yet;
    *head* is the audit log's last record.
    """

    period: Period
    seen: Overview
    conditions: Sequence[Condition]
    delivered: Mapping[tuple[str, Kind, date], int]
    certificates: Mapping[str, KeptCertificate | None]
    head: LastRecord

    def by_kind(self, insurer: str) -> dict[Kind, int]:
        """
        Return how many shipments of each kind an insurer delivered.
        """
        counts: Counter[Kind] = Counter()
        for (name, kind, _), count in self.delivered.items():
            if name == insurer:
                counts[kind] += count
        return dict(counts)

    def by_day(self) -> list[tuple[date, int]]:
        """
        Return how many shipments came on each day.
        """
        counts: Counter[date] = Counter()
        for (_, _, day), count in self.delivered.items():
            counts[day] += count
        return [(day, counts[day]) for day in self.period.days]


def report_on(
    period: Period,
    config: Config,
    queries: Queries,
    insurers: Mapping[str, Insurer | MisconfiguredInsurer],
    *,
    head: LastRecord,
    now: datetime,
) -> Report:
    """
    Gather a report; of the archive it reads no more than the period's rows.

    Raises :class:`~bipro_sync.errors.StorageError` where something cannot be read.
    """
    seen = overview(config, queries, now)
    delivered: Counter[tuple[str, Kind, date]] = Counter()
    for insurer, kind, stored_at in queries.delivered(list(config.insurers), period.begin, period.end):
        delivered[insurer, kind, stored_at.astimezone(BERLIN).date()] += 1
    return Report(
        period=period,
        seen=seen,
        conditions=all_conditions(config, seen),
        delivered=delivered,
        certificates=dict(_certificates(insurers, seen)),
        head=head,
    )


def _certificates(
    insurers: Mapping[str, Insurer | MisconfiguredInsurer], seen: Overview
) -> Iterator[tuple[str, KeptCertificate | None]]:
    for view in seen.insurers:
        insurer = insurers[view.name]
        if view.certificate or (isinstance(insurer, Insurer) and insurer.auth.certificate):
            yield view.name, view.certificate

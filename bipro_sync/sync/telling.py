"""After each run: people are told what has changed, and monitoring is fed; nothing of it changes what was pulled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from ..archive import Layout
from ..config import AlertsSection, Config
from ..errors import BiproSyncError, StorageError
from ..model.condition import Condition, Level, Matter
from ..model.states import ShipmentState
from ..notify.news import News
from ..notify.telling import Findings, channels_of, tell, tell_now, tell_of_unit
from .after_run import FinishedRun
from .conditions import conditions_of, named
from .overview import overview
from .results import InsurerResult
from .workplace import Workplace


def tell_people(run: FinishedRun) -> Iterable[str]:
    """
    Tell whoever [alerts] names what is new and what has passed; return why some way of telling did not work.
    """
    if run.options.dry_run:
        return ()
    events = [event for result in run.result.insurers for event in events_of(result)]
    return tell_of_state(run.place, [*events, *run.events])


def tell_of_state(place: Workplace, events: Iterable[Condition] = ()) -> tuple[str, ...]:
    """
    Tell whoever [alerts] names what is new and has passed, be there a run or not, and these *events*.

    Returns why some way of telling did not work.
    """
    alerts = place.config.alerts
    if not alerts.tells:
        return ()
    return tell(channels_of(alerts), place.layout.alerts, partial(_look, place), events)


def _look(place: Workplace) -> Findings:
    now = place.clock.now()
    try:
        seen = overview(place.config, place.queries, now)
    except BiproSyncError as error:
        # That the archive cannot be read is what people must hear of first.
        unreadable = Condition(matter=Matter.ARCHIVE, level=Level.CRITICAL, facts={"outcome": error.code})
        return Findings(now, [unreadable], complete=False)
    return Findings(now, conditions_of(seen))


def tell_of_failed_unit(
    alerts: AlertsSection, path: Path | None, unit: str, result: str, now: datetime
) -> tuple[str, ...] | None:
    """
    Tell that a *unit* has failed, with *result* if that is known, unless it was told less than a day ago: None then.

    Returns why some way of telling did not work.  Where nothing can be remembered at *path* it is told all the same.
    """
    event = Condition(matter=Matter.UNIT, level=Level.CRITICAL, about=unit, facts={"result": result})
    return _tell_of_failure(alerts, path, event, now)


def tell_of_killed_run(config: Config, insurers: Iterable[str], ended_by: str, now: datetime) -> tuple[str, ...] | None:
    """
    Tell that the run of these *insurers* was *ended_by* a signal; what it returns is that of a failed unit.
    """
    if not config.alerts.tells:
        return ()
    about, facts = ", ".join(insurers), {"signal": ended_by}
    event = Condition(matter=Matter.KILLED, level=Level.WARNING, about=about, facts=facts)
    return _tell_of_failure(config.alerts, Layout(config.archive.root).alerts, event, now)


def _tell_of_failure(
    alerts: AlertsSection, path: Path | None, event: Condition, now: datetime
) -> tuple[str, ...] | None:
    channels = channels_of(alerts)
    if path is not None:
        with suppress(StorageError):
            return tell_of_unit(channels, path, event, now)
    errors = tell_now(channels, News(at=now, new=(event,)))
    return tuple(f"{name}: {error}" for name, error in errors.items() if error)


def feed_prometheus(run: FinishedRun) -> Iterable[str]:
    """
    Write the file that [monitoring] prometheus names; there is nothing to return.
    """
    place = run.place
    if not place.config.monitoring.prometheus or run.options.dry_run:
        return ()
    from .figures import write_figures  # noqa: PLC0415 - a tenth of a second, and only where somebody wants figures

    seen = overview(place.config, place.queries, place.clock.now())
    write_figures(Path(place.config.monitoring.prometheus), place.config, seen)
    return ()


def events_of(result: InsurerResult) -> Iterator[Condition]:
    """
    Yield what happened in one insurer's run that somebody should be told once: urgent mail, what has vanished, and data
    of other brokers in GDV files.
    """
    by_urgency = sorted((urgency, shipment) for shipment, urgency in result.urgent.items())
    for urgency, group in groupby(by_urgency, key=lambda each: each[0]):
        ids = [shipment for _, shipment in group]
        yield _event(Matter.URGENT, result.insurer, ids, urgency=urgency)
    if vanished := [entry.id for entry in result.in_trouble if entry.state is ShipmentState.VANISHED]:
        yield _event(Matter.VANISHED, result.insurer, vanished)
    if result.foreign:
        yield _event(Matter.FOREIGN, result.insurer, result.foreign)


def _event(matter: Matter, insurer: str, ids: list[str], **facts: str) -> Condition:
    return Condition(
        matter=matter,
        level=Level.WARNING,
        insurer=insurer,
        about=facts.get("urgency", ""),
        facts={"count": str(len(ids)), "ids": named(ids)} | facts,
    )

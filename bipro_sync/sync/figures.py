"""What is known of all insurers in figures, for a monitoring that draws curves and sets limits of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from ..config import Config
from ..model.condition import Condition, Level
from ..model.states import ShipmentState
from ..notify.prometheus import Series, write
from .conditions import all_conditions
from .overview import InsurerView, Overview
from .silence import Reach, reach_of


def figures(seen: Overview, conditions: Iterable[Condition]) -> Iterator[Series]:
    """
    Yield the figures; what is not known of an insurer is left out.
    """
    views = seen.insurers
    yield Series("bipro_sync_written_seconds", "When these figures were gathered.", {(): seen.now.timestamp()})
    for what, moments in (
        ("attempt", {view.name: view.summary.last_attempt_at for view in views}),
        ("success", {view.name: view.summary.last_success_at for view in views}),
        ("delivery", {view.name: view.summary.last_delivery_at for view in views}),
        ("quarantine", {view.name: view.quarantined_since for view in views}),
    ):
        name, meaning = _NAMES[what]
        yield Series(name, meaning, _seconds(moments), ("insurer",))
    yield Series(
        "bipro_sync_reach",
        "1 for how far the last run came.",
        {(view.name, reach): float(reach is reach_of(view.summary, view.memory)) for view in views for reach in Reach},
        ("insurer", "reach"),
    )
    yield Series(
        "bipro_sync_shipments",
        "Shipments by state.",
        {(view.name, state): float(view.summary.states.get(state, 0)) for view in views for state in ShipmentState},
        ("insurer", "state"),
    )
    yield from _silences(views)
    if seen.last_backup:
        at = seen.last_backup.at.timestamp()
        yield Series("bipro_sync_last_backup_seconds", "When the archive was last backed up.", {(): at})
    yield Series(
        "bipro_sync_conditions",
        "What somebody should see to, by level.",
        {(level.name.lower(),): float(sum(each.level is level for each in conditions)) for level in _TOLD},
        ("level",),
    )


def write_figures(path: Path, config: Config, seen: Overview) -> None:
    """
    Put what is *seen* into the file at *path* in figures.

    Raises :class:`~bipro_sync.errors.StorageError` where that is impossible.
    """
    write(path, figures(seen, all_conditions(config, seen)))


def _silences(views: Iterable[InsurerView]) -> Iterator[Series]:
    watched = [(view.name, each) for view in views for each in view.cadences]
    labels = ("insurer", "kind", "broker_number")
    yield Series(
        "bipro_sync_silent",
        "1 where more time has passed than a delivery may take.",
        {(name, each.kind, each.number or ""): float(each.why is not None) for name, each in watched},
        labels,
    )
    yield Series(
        "bipro_sync_last_expected_delivery_seconds",
        "When something of an expected kind was last delivered.",
        {
            (name, each.kind, each.number or ""): each.last_delivery_at.timestamp()
            for name, each in watched
            if each.last_delivery_at
        },
        labels,
    )


def _seconds(moments: Mapping[str, datetime | None]) -> dict[tuple[str, ...], float]:
    return {(name,): moment.timestamp() for name, moment in moments.items() if moment}


_TOLD = (Level.WARNING, Level.CRITICAL)
_NAMES = {
    "attempt": ("bipro_sync_last_attempt_seconds", "When the last run began or ended."),
    "success": ("bipro_sync_last_success_seconds", "When a run last heard the insurer."),
    "delivery": ("bipro_sync_last_delivery_seconds", "When anything was last stored."),
    "quarantine": ("bipro_sync_quarantined_since_seconds", "Since when the oldest lies in quarantine."),
}

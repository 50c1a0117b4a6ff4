"""The file that Prometheus' node exporter reads: whole at any moment, and without a customer's datum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ..durable import replace


READABLE = 0o644
"""The exporter is another user."""


@dataclass(frozen=True, slots=True)
class Series:
    """
    One figure under one name, for each set of *labels*; times are seconds since 1970.
    """

    name: str
    meaning: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


def text_of(series: Iterable[Series]) -> bytes:
    """
    Return the figures in Prometheus' text format.
    """
    registry = CollectorRegistry()
    for each in series:
        gauge = Gauge(each.name, each.meaning, each.labels, registry=registry)
        for labels, value in each.values.items():
            (gauge.labels(*labels) if labels else gauge).set(value)
    return generate_latest(registry)


def write(path: Path, series: Iterable[Series]) -> None:
    """
    Put the figures in the place of those before, all at once.

    Raises :class:`~bipro_sync.errors.StorageError` where that is impossible.
    """
    replace(path, text_of(series), READABLE, exactly=True)

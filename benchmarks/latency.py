"""An insurer that takes its time: what eight workers bring beside one where each call waits 50 ms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .many import MEMORY, office
from .measuring import Figure, in_turns, median, peak


DELAY = 0.05
"""Seconds that each answer takes."""
PROMISED = 400
"""Shipments for the eight, so that login and lists, which nobody can share, weigh as little as beside one worker."""
WORKERS = 8
GAIN = 6
"""How many times the shipments per second of one worker these bring, at least."""


def latency(directory: Path, count: int, times: int) -> Sequence[Figure]:
    """The seconds for each shipment with eight workers, beside one worker with an eighth of the shipments."""
    many, one = directory / "many", directory / "one"
    for place in (many, one):
        place.mkdir()
    with (
        office(many, count, WORKERS, delay=DELAY) as (_, together, _),
        office(one, count // WORKERS, 1, delay=DELAY) as (_, alone, _),
    ):
        ours, single = in_turns(times, together, alone)
    seconds, bare = median(ours) / count, median(single) / (count // WORKERS)
    promised = count >= PROMISED
    figure = Figure(
        f"a shipment at 50 ms a call, {WORKERS} workers beside one",
        1000 * seconds,
        unit="ms",
        floor=1000 * bare,
        ratio=bare / seconds,
        mebibytes=peak(ours),
        limit=f"ratio ≥ {GAIN}, ≤ {MEMORY} MiB" if promised else "",
        held=not promised or (bare / seconds >= GAIN and peak(ours) <= MEMORY),
    )
    return [figure]

"""What an archive costs that has grown for years: a pull with nothing new and `status`, with the start of Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from .configuration import configure
from .mailbox_side import mailbox_side
from .measuring import Figure, Run, command, in_turns, median, paired, peak, remove, run


PROMISED = 1_000_000
SLOWER = 1.1
"""How many times a pull into an empty archive one with nothing new may take in one of so many shipments."""
PULL, STATUS = 1.0, 0.5
"""Seconds that they may take there in all."""
MEMORY = 150
"""MiB that each may have at its peak."""


def growth(directory: Path, sizes: Sequence[int], times: int) -> Iterator[Figure]:
    """The times in archives of these sizes, each beside those in an empty one."""
    with mailbox_side(directory, 0) as side:
        keys = {"ca_file": side.ca_file, "acknowledge": "auto"}
        empty = _begun(configure(_made(directory / "empty"), side.url, **keys))
        for size in sizes:
            place = _made(directory / str(size))
            config = _begun(configure(place, side.url, **keys))
            run("benchmarks.big_archive", str(place / "archive"), str(size))
            # The first pull after the archive was made finds other caches than all that follow.
            _pull(config)
            yield from _figures(config, empty, size, times)
            remove(place / "archive")


def _figures(config: Path, empty: Path, size: int, times: int) -> Iterator[Figure]:
    measures = (partial(measure, path) for measure in (_pull, _status) for path in (config, empty))
    pulls, bare_pulls, statuses, bare_statuses = in_turns(times, *measures)
    slower = 1 / paired(pulls, bare_pulls)
    promised = size >= PROMISED
    yield Figure(
        f"nothing new to {size:,} shipments, beside none",
        median(pulls),
        floor=median(bare_pulls),
        ratio=1 / slower,
        mebibytes=peak(pulls),
        limit=f"≤ {SLOWER} times, < {PULL:.0f} s" if promised else "",
        held=not promised or (slower <= SLOWER and median(pulls) < PULL and peak(pulls) <= MEMORY),
    )
    yield Figure(
        f"status of {size:,} shipments, beside none",
        median(statuses),
        floor=median(bare_statuses),
        ratio=paired(statuses, bare_statuses),
        mebibytes=peak(statuses),
        limit=f"< {STATUS} s" if promised else "",
        held=not promised or (median(statuses) < STATUS and peak(statuses) <= MEMORY),
    )


def _made(place: Path) -> Path:
    place.mkdir()
    return place


def _begun(config: Path) -> Path:
    """Let a first pull make the archive, as everybody's does."""
    _pull(config)
    return config


def _pull(config: Path) -> Run:
    return command("--config", str(config), "pull", "--json")


def _status(config: Path) -> Run:
    return command("--config", str(config), "status", "--json")

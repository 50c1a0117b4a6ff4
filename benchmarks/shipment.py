"""One large shipment, the whole way: the command `pull` from login to stored and read back, beside the bare loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import messages
from .configuration import configure
from .measuring import Figure, Run, in_turns, median, other_side, peak, remove, run


MEMORY = 96
"""MiB that a pull may have at its peak."""
PROMISED = 1024
RATIO = 0.7
"""What is left of the bare loop's speed, at least, where so many MiB are fetched."""


def mtom(directory: Path, mebibytes: int, times: int) -> Sequence[Figure]:
    """The time of one attached file, and the memory."""
    messages.mtom(directory / "shipment", mebibytes)
    with _office(directory) as (pull, floor):
        ours, bare = in_turns(times, pull, floor)
    ratio = median(bare) / median(ours)
    figure = Figure(
        f"one shipment, {mebibytes} MiB as MTOM",
        median(ours),
        floor=median(bare),
        ratio=ratio,
        mebibytes=peak(ours),
        limit=f"ratio ≥ {RATIO}, ≤ {MEMORY} MiB" if mebibytes >= PROMISED else f"≤ {MEMORY} MiB",
        held=peak(ours) <= MEMORY and (ratio >= RATIO or mebibytes < PROMISED),
    )
    return [figure]


def inline(directory: Path, mebibytes: int, times: int) -> Sequence[Figure]:
    """The memory of a file that stands in the XML as base64."""
    messages.inline(directory / "shipment", mebibytes)
    with _office(directory) as (pull, _):
        (ours,) = in_turns(times, pull)
    name = f"one shipment, {mebibytes} MiB of base64 in the XML"
    limit, held = f"≤ {MEMORY} MiB", peak(ours) <= MEMORY
    return [Figure(name, median(ours), mebibytes=peak(ours), limit=limit, held=held)]


@contextmanager
def _office(directory: Path) -> Iterator[tuple[Callable[[], Run], Callable[[], Run]]]:
    """Give two things to measure: a whole pull into a new archive, and the bare loop."""
    (directory / "token").write_text(messages.token())
    (directory / "list").write_text(messages.listing(1, rich=False))
    target = directory / "target"
    with other_side(directory) as url:
        config = configure(directory, url, acknowledge="manual")

        def pull() -> Run:
            (done,) = run("benchmarks.pulling", str(config), "1", "0")
            remove(directory / "archive")
            return done

        def floor() -> Run:
            (done,) = run("benchmarks.floor", f"{url}/transfer", str(target))
            target.unlink()
            return done

        yield pull, floor

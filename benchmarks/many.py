"""Many small shipments over TLS, the whole way: the command `pull` from login to acknowledged, beside the bare loop."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .configuration import configure
from .mailbox_side import MailboxSide, mailbox_side
from .measuring import Figure, Run, in_turns, median, paired, peak, remove, run


PROMISED = 2000
"""How many shipments the promises are made for; fewer prove nothing."""
RATIO = 0.55
"""What is left of the bare loop's shipments per second, at least."""
PROCESSOR = 3
"""How many times the bare loop's processor time ours may take."""
SHARE = 70
"""Percent of one core that the other side may take while ours runs: it is not to be what is measured."""
MEMORY = 150
"""MiB that a pull may have at its peak."""


def many(directory: Path, count: int, workers: int, times: int) -> Sequence[Figure]:
    """The shipments per second of so many workers, the processor's time for each, and what the other side took."""
    with office(directory, count, workers) as (side, pull, floor):
        rounds = in_turns(times, _with_share(side, pull), _with_share(side, floor))
    ours, bare = ([each.run for each in turns] for turns in rounds)
    shares, bare_shares = ([each.share for each in turns] for turns in rounds)
    ratio, share = paired(ours, bare), statistics.median(shares)
    spent, bare_spent = _spent(ours, count), _spent(bare, count)
    promised = count >= PROMISED
    name = f"{count:,} shipments of 50 kB, {workers} worker{'s' * (workers > 1)}"
    return [
        Figure(
            name,
            median(ours),
            floor=median(bare),
            ratio=ratio,
            mebibytes=peak(ours),
            limit=f"ratio ≥ {RATIO}, ≤ {MEMORY} MiB" if promised else "",
            held=not promised or (ratio >= RATIO and peak(ours) <= MEMORY),
        ),
        Figure(
            "  of them the processor's, for each",
            spent,
            unit="ms",
            floor=bare_spent,
            ratio=bare_spent / spent,
            limit=f"≤ {PROCESSOR} times the floor's" if promised else "",
            held=not promised or spent <= PROCESSOR * bare_spent,
        ),
        Figure(
            "  the other side's share of one core",
            share,
            unit="%",
            floor=statistics.median(bare_shares),
            limit=f"< {SHARE} %" if promised else "",
            held=not promised or share < SHARE,
        ),
    ]


@contextmanager
def office(
    directory: Path, count: int, workers: int, *, delay: float = 0
) -> Iterator[tuple[MailboxSide, Callable[[], Run], Callable[[], Run]]]:
    """Give the other side, and two things to measure: a whole pull into a new archive, and the bare loop."""
    bare = directory / "bare"
    with mailbox_side(directory, count, delay=delay) as side:
        config = configure(directory, side.url, ca_file=side.ca_file, acknowledge="auto", workers=workers)

        def pull() -> Run:
            (done,) = run("benchmarks.pulling", str(config), str(count), str(count))
            remove(directory / "archive")
            return done

        def floor() -> Run:
            bare.mkdir()
            (done,) = run("benchmarks.many_floor", side.url, side.ca_file, str(bare), str(count), str(workers))
            remove(bare)
            return done

        yield side, pull, floor


@dataclass(frozen=True, slots=True)
class _Shared:
    """A run, and the percentage of one core that the other side took during it."""

    run: Run
    share: float


def _with_share(side: MailboxSide, measure: Callable[[], Run]) -> Callable[[], _Shared]:
    def both() -> _Shared:
        before = side.processor()
        done = measure()
        return _Shared(done, 100 * (side.processor() - before) / done.seconds)

    return both


def _spent(runs: Sequence[Run], count: int) -> float:
    return 1000 * statistics.median(each.processor for each in runs) / count

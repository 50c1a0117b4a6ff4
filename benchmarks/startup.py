"""What anybody waits for who only asks for the version or for help, beside the start of a bare Python."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .measuring import Figure, bare_python, command, in_turns, peak


PROMISED = {"--version": 0.15, "--help": 0.3}
"""Seconds that each may take longer than a Python that does nothing.

They are the processor's: nothing is waited for in them, and what else a machine is busy with does not count.
"""


def startup(_directory: Path, *, times: int) -> Iterator[Figure]:
    """The time of each from outside; the floor is a Python that begins and ends."""
    for word, limit in PROMISED.items():
        ours, bare = in_turns(times, partial(command, word), bare_python)
        longer = statistics.median(one.processor - other.processor for one, other in zip(ours, bare, strict=True))
        yield Figure(
            f"bipro-sync {word}: {longer:.3f} s over bare Python",
            statistics.median(each.processor for each in ours),
            floor=statistics.median(each.processor for each in bare),
            mebibytes=peak(ours),
            limit=f"≤ {limit} s over it",
            held=longer <= limit,
        )

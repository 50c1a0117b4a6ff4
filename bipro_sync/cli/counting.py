"""Counting on stderr how far a long work has come, for a person who watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console as RichConsole
from rich.status import Status

from .console import Console


_EVERY = 100


@contextmanager
def counted(console: Console, work: str) -> Iterator[Callable[[str], None]]:
    """
    Yield what is to be called with the name of each thing that is done; without a terminal it says nothing.
    """
    if not console.interactive:
        yield lambda _: None
        return
    done: Counter[str] = Counter()
    with Status(work, console=RichConsole(stderr=True, markup=False, emoji=False, highlight=False)) as shown:

        def step(thing: str) -> None:
            done[thing] += 1
            if done[thing] % _EVERY == 0:
                shown.update(f"{work}: {', '.join(f'{number} {name}' for name, number in done.items())}")

        yield step

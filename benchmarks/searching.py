"""What finding costs in an archive of many documents, with the start of Python: by number, name and text."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from .big_catalogue import fill_catalogue
from .big_texts import fill_texts
from .configuration import configure
from .mailbox_side import mailbox_side
from .measuring import Figure, Run, command, in_turns, median, paired, peak, run, tell


PROMISED = 1_000_000
SECONDS = 0.5
"""What one question may take there in all."""
QUESTIONS = {
    "status": ["status"],
    "search for a number": ["documents", "search", "000777"],
    "search for a word that all have": ["documents", "search", "Police.pdf"],
    "search for a word of 1,500 texts": ["documents", "search", "wort4711"],
    "search for words of names and texts": ["documents", "search", "Police", "Versicherungsschein", "wort4711"],
}


def searching(directory: Path, sizes: Sequence[int], times: int) -> Iterator[Figure]:
    """The times in archives of these sizes, each beside those in an empty one."""
    with mailbox_side(directory, 0) as side:
        configs = []
        for size in (0, *sizes):
            place = directory / str(size)
            place.mkdir()
            config = configure(place, side.url, ca_file=side.ca_file, acknowledge="auto")
            command("--config", str(config), "pull", "--json")
            run("benchmarks.searching", str(place / "archive"), str(size))
            configs.append(config)
    empty, *full = configs
    for size, config in zip(sizes, full, strict=True):
        for name, question in QUESTIONS.items():
            yield from _figures(f"{name}, {size:,}", question, config, empty, times, promised=size >= PROMISED)


def _figures(
    name: str, question: list[str], config: Path, empty: Path, times: int, *, promised: bool
) -> Iterator[Figure]:
    asked, bare = in_turns(times, *(partial(_ask, path, question) for path in (config, empty)))
    yield Figure(
        name,
        median(asked),
        floor=median(bare),
        ratio=paired(asked, bare),
        mebibytes=peak(asked),
        limit=f"≤ {SECONDS} s" if promised else "",
        held=not promised or median(asked) <= SECONDS,
    )
    # What does not wait for others that use the machine, too.
    ours, floor = (statistics.median(each.processor for each in runs) for runs in (asked, bare))
    yield Figure("of it the processor's", ours, floor=floor)


def _ask(config: Path, question: list[str]) -> Run:
    return command("--config", str(config), *question, "--json", "--quiet")


if __name__ == "__main__":
    archive, count = Path(sys.argv[1]), int(sys.argv[2])
    begun = time.perf_counter()
    if count:
        fill_catalogue(archive / "catalog.db", count)
    fill_texts(archive / "texts.db", archive / "catalog.db", count)
    tell(time.perf_counter() - begun)

"""Run programs of ours as processes of their own, in turns, and say how long they took and what memory they had."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds, and the peak of resident MiB; both as the program itself saw them."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; *limit* is what the requirements allow, if anything, and *held* whether it was kept."""

    name: str
    seconds: float
    floor: float | None
    mebibytes: float | None
    limit: str = ""
    held: bool = True

    @property
    def ratio(self) -> float | None:
        """The floor's time over ours: 1 where we cost nothing."""
        return self.floor / self.seconds if self.floor else None


def tell(*seconds: float) -> None:
    """Print what :func:`run` reads: the times, and the peak of this process alone (getrusage may tell its parent's)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(json.dumps([peak / 1024, *seconds]))


def run(module: str, *arguments: str) -> list[Run]:
    """Run one of our modules as a process of its own; one result for each time that it tells."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    peak, *seconds = json.loads(done.stdout)
    return [Run(each, peak) for each in seconds]


def in_turns(times: int, *measures: Callable[[], Run]) -> list[list[Run]]:
    """Take each measure so many times, one after the other and again, so that a slow minute meets them all."""
    rounds = [[measure() for measure in measures] for _ in range(times)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def median(runs: list[Run]) -> float:
    """The median of the seconds."""
    return statistics.median(each.seconds for each in runs)


def peak(runs: list[Run]) -> float:
    """The largest of the memory peaks, in MiB."""
    return max(each.mebibytes for each in runs)


@contextmanager
def other_side(directory: Path) -> Iterator[str]:
    """A server for the answers in *directory*; gives its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serving", str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()

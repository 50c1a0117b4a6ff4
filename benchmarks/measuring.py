"""Run programs of ours as processes of their own, in turns, and say what time and memory they took."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar


Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds, those of the processor among them, and the peak of resident MiB; all as the program itself saw them."""

    seconds: float
    processor: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One line of the table: *ours* and the *floor* in *unit*, and *ratio*, 1 where we cost nothing.

    *limit* is what the requirements allow, if anything, and *held* whether it was kept; None: it was not measured.
    """

    name: str
    ours: float | None
    unit: str = "s"
    floor: float | None = None
    ratio: float | None = None
    mebibytes: float | None = None
    limit: str = ""
    held: bool | None = True


def tell(*seconds: float, processor: float = 0.0) -> None:
    """Print what :func:`run` reads: the times, and the peak of this process alone (getrusage may tell its parent's)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(json.dumps([peak / 1024, processor, *seconds]))


def run(module: str, *arguments: str) -> list[Run]:
    """Run one of our modules as a process of its own; one result for each time that it tells."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    peak, processor, *seconds = json.loads(done.stdout)
    return [Run(each, processor, peak) for each in seconds]


def command(*arguments: str) -> Run:
    """Run our program as anybody does, and measure it from outside: with the start of Python and all imports."""
    return _from_outside("-m", "bipro_sync", *arguments)


def bare_python() -> Run:
    """Run a Python that does nothing, measured in the same way."""
    return _from_outside("-c", "")


def _from_outside(*arguments: str) -> Run:
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turns(times: int, *measures: Callable[[], Measured]) -> list[list[Measured]]:
    """Take each measure so many times, one after the other and again, so that a slow minute meets them all."""
    rounds = [[measure() for measure in measures] for _ in range(times)]
    return [list(found) for found in zip(*rounds, strict=True)]


def paired(ours: list[Run], floor: list[Run]) -> float:
    """The median of the floor's time over ours, each run beside the one that had the same minute."""
    return statistics.median(bare.seconds / own.seconds for own, bare in zip(ours, floor, strict=True))


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


def remove(archive: Path) -> None:
    """Remove an archive, whose shipments are read-only."""
    for path in archive.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(archive)

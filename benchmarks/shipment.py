"""One large shipment, the whole way: the command `pull` from login to stored and read back, beside the bare loop."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import messages
from .measuring import Figure, Run, in_turns, median, other_side, peak, run


CONFIGURATION = """
[archive]
root = "{root}"
reserve = "1 MiB"
[alerts]
none = true
[insurers.muster]
environment = "test"
bipro_version = "2.6.1.1.0"
sts_url = "{url}/sts"
transfer_url = "{url}/transfer"
acknowledge = "manual"
[insurers.muster.auth]
method = "password"
username = "MAKLER"
password = {{ file = "{password}" }}
"""
MEMORY = 96
"""MiB that a pull may have at its peak."""
PROMISED = 1024
RATIO = 0.7
"""What is left of the bare loop's speed, at least, where so many MiB are fetched."""


def mtom(directory: Path, mebibytes: int, times: int) -> Figure:
    """The time of one attached file, and the memory."""
    messages.mtom(directory / "shipment", mebibytes)
    with _office(directory) as (pull, floor):
        ours, bare = in_turns(times, pull, floor)
    ratio = median(bare) / median(ours)
    return Figure(
        f"one shipment, {mebibytes} MiB as MTOM",
        median(ours),
        median(bare),
        peak(ours),
        f"ratio ≥ {RATIO}, ≤ {MEMORY} MiB" if mebibytes >= PROMISED else f"≤ {MEMORY} MiB",
        peak(ours) <= MEMORY and (ratio >= RATIO or mebibytes < PROMISED),
    )


def inline(directory: Path, mebibytes: int, times: int) -> Figure:
    """The memory of a file that stands in the XML as base64."""
    messages.inline(directory / "shipment", mebibytes)
    with _office(directory) as (pull, _):
        (ours,) = in_turns(times, pull)
    name = f"one shipment, {mebibytes} MiB of base64 in the XML"
    return Figure(name, median(ours), None, peak(ours), f"≤ {MEMORY} MiB", peak(ours) <= MEMORY)


@contextmanager
def _office(directory: Path) -> Iterator[tuple[Callable[[], Run], Callable[[], Run]]]:
    """Give two things to measure: a whole pull into a new archive, and the bare loop."""
    (directory / "token").write_text(messages.token())
    (directory / "list").write_text(messages.listing(1, rich=False))
    password, config = directory / "password", directory / "config.toml"
    archive, target = directory / "archive", directory / "target"
    password.write_text("invented")
    with other_side(directory) as url:
        config.write_text(CONFIGURATION.format(root=archive, url=url, password=password))
        for file in (password, config):
            file.chmod(0o600)

        def pull() -> Run:
            (done,) = run("benchmarks.pulling", str(config))
            _remove(archive)
            return done

        def floor() -> Run:
            (done,) = run("benchmarks.floor", f"{url}/transfer", str(target))
            target.unlink()
            return done

        yield pull, floor


def _remove(archive: Path) -> None:
    for path in archive.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(archive)

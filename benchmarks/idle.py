"""What the daemon costs while there is nothing to do: its memory, and its share of one core."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .configuration import configure
from .mailbox_side import mailbox_side
from .measuring import Figure, command


MEMORY = 120
"""MiB that it may have."""
SHARE = 0.5
"""Percent of one core that it may take."""
_NEVER = "0 0 29 2 *"
"""A schedule that is due in no measurement."""


def idle(directory: Path, *, seconds: int) -> Iterator[Figure]:
    """The daemon for so many seconds after its first run, whose memory is not its own."""
    with mailbox_side(directory, 0) as side, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        config = configure(directory, side.url, ca_file=side.ca_file, schedule=_NEVER)
        command("--config", str(config), "pull", "--json")
        manager.bind(str(directory / "notify"))
        words = [sys.executable, "-m", "bipro_sync", "--config", str(config), "daemon"]
        told = {"NOTIFY_SOCKET": str(directory / "notify"), "WATCHDOG_USEC": "120000000"}
        with subprocess.Popen(words, env=os.environ | told) as daemon:
            try:
                while b"READY=1" not in manager.recv(4096):
                    pass
                before = _processor(daemon.pid)
                time.sleep(seconds)
                share = 100 * (_processor(daemon.pid) - before) / seconds
                memory = _peak(daemon.pid)
            finally:
                daemon.send_signal(signal.SIGTERM)
    yield Figure(
        f"the daemon at rest for {seconds} s, % of a core",
        share,
        unit="%",
        mebibytes=memory,
        limit=f"< {SHARE} %, ≤ {MEMORY} MiB",
        held=share < SHARE and memory <= MEMORY,
    )


def _processor(process: int) -> float:
    """The seconds of the processor that it has had."""
    # proc_pid_stat(5): behind the name in brackets the 12th and 13th field, in ticks.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

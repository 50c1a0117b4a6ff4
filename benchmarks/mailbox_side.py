"""Run the insurer with many small shipments beside us, on a core of its own, and say what it takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


_CORES = os.sched_getaffinity(0)
"""What this process may use, before it keeps to one."""


@dataclass(frozen=True, slots=True)
class MailboxSide:
    """Its address, the certificate of its authority, and its process."""

    url: str
    ca_file: str
    pid: int

    def processor(self) -> float:
        """The seconds of the processor that it has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def mailbox_side(directory: Path, count: int, *, delay: float = 0) -> Iterator[MailboxSide]:
    """Run it for as long as the block lasts; each of its answers takes *delay* seconds."""
    command = [sys.executable, "-m", "benchmarks.mailbox", str(directory), str(count), str(delay)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port, ca_file = server.stdout.readline().split()
        with _apart(server.pid):
            yield MailboxSide(f"https://127.0.0.1:{port}", ca_file, server.pid)
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


@contextmanager
def _apart(pid: int) -> Iterator[None]:
    """Keep the process *pid* on one core, and this one with all that it starts on another, where there are two."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(pid, {max(_CORES)})
    os.sched_setaffinity(0, {min(_CORES)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

"""Runs the practice insurer as a process of its own, for `demo` and for tests; it never outlives its owner."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from .calls import read_calls


_PATIENCE = 10


class PracticeInsurer:
    """
    A running practice insurer.

    *ca_file* is the certificate its clients trust (None without TLS), *client_p12* the account's own (None where the
    login needs none), *log_path* its ordered log of calls; the addresses are empty where they are not offered.
    """

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self._process = process
        self.sts_url: str = ready["sts_url"]
        self.transfer_url: str = ready["transfer_url"]
        self.tgic_url: str = ready["tgic_url"]
        self.hub_url: str = ready["hub_url"]
        self.ca_file = Path(ready["ca_file"]) if ready["ca_file"] else None
        self.client_p12 = Path(ready["client_p12"]) if ready["client_p12"] else None
        self.log_path = Path(ready["log"])
        self.pid = process.pid
        self.port = int(self.transfer_url.split("/")[2].rpartition(":")[2])

    @classmethod
    def start(cls, scenario: str | Path, directory: Path, *, port: int = 0, tls: bool = True) -> PracticeInsurer:
        """
        Start it on loopback and return when it answers; *scenario* is a file or a packaged name.

        Started again on the same *directory* it keeps its certificates and remembers what was acknowledged.
        Raises :class:`ConfigurationError` where it does not start.
        """
        command = [sys.executable, "-m", "bipro_sync.sandbox", "--attached"]
        command += ["--scenario", str(scenario), "--directory", str(directory), "--port", str(port)]
        if not tls:
            command.append("--no-tls")
        process = subprocess.Popen(  # noqa: S603  our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _, problem = process.communicate()
            raise ConfigurationError(
                f"The practice insurer did not start: {problem.strip()}",
                hint="Mend its scenario, or take another port.",
            )
        return cls(process, json.loads(line))

    def calls(self) -> list[dict[str, Any]]:
        """
        Return the calls answered so far, oldest first, those of earlier processes on the directory included.
        """
        return list(read_calls(self.log_path))

    def wait(self) -> None:
        """
        Wait until it ends by itself.
        """
        self._process.wait()

    def kill(self) -> None:
        """
        End it at once, as a crash would.
        """
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """
        End it and wait for its end.
        """
        self._process.terminate()
        try:
            self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def serve(scenario: str | Path, directory: Path, *, port: int = 0, tls: bool = True) -> Iterator[PracticeInsurer]:
    """
    Run a practice insurer for as long as the block lasts.
    """
    insurer = PracticeInsurer.start(scenario, directory, port=port, tls=tls)
    try:
        yield insurer
    finally:
        insurer.stop()

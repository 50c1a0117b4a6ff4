"""Pings around a run, for a monitoring that notices when none comes; they never hold up a run, and never fail one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from ..config import MonitoringSection
from ..errors import BiproSyncError, ExitCode


SECONDS = 5.0
"""How long a run waits in its end for the last ping at most; for the first it never waits."""


class Pings:
    """
    The pings of one run: `/start`, then the address itself where it ended well, else its exit code as a path.

    What they carry is the run's own random name, so that runs side by side are told apart, and nothing else.
    """

    def __init__(self, section: MonitoringSection) -> None:
        self._section = section
        self._run = uuid4()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """
        Tell that a run begins, in passing.
        """
        self._send("/start")

    def end(self, code: int) -> None:
        """
        Tell how it ended.  That another run holds the insurer is no end of this one's making.
        """
        if code != ExitCode.BUSY:
            self._send(f"/{code}" if code else "")
        for thread in self._threads:
            thread.join(SECONDS)

    def _send(self, path: str) -> None:
        thread = threading.Thread(target=self._get, args=(path, [*self._threads]), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _get(self, path: str, before: list[threading.Thread]) -> None:
        import httpx2  # noqa: PLC0415 - in the thread, where nobody waits for it

        from .trust import tls_context  # noqa: PLC0415 - likewise

        for thread in before:
            thread.join(SECONDS)
        try:
            context = tls_context(self._section.ca_file)
            with httpx2.Client(verify=context, trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
                client.get(self._section.ping_url.rstrip("/") + path, params={"rid": str(self._run)})
        except (httpx2.HTTPError, BiproSyncError):
            # Whoever waits for the ping notices by itself that none came: that is what it is for.
            return


@contextmanager
def pinging(section: MonitoringSection, *, wanted: bool = True) -> Iterator[list[int]]:
    """
    Ping before and after the block, where an address is configured and pings are *wanted*.

    The block puts its exit code into the list; an error that leaves it has one of its own.
    """
    codes: list[int] = []
    if not section.ping_url or not wanted:
        yield codes
        return
    pings = Pings(section)
    pings.start()
    code = int(ExitCode.UNEXPECTED)
    try:
        yield codes
        code = codes[-1] if codes else int(ExitCode.OK)
    except BiproSyncError as error:
        code = int(error.exit_code)
        raise
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
        raise
    finally:
        pings.end(code)

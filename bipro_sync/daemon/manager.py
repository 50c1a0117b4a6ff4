"""What the service manager is told, by sd_notify's protocol: a datagram of `KEY=value` lines to a socket it names."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping


_MICROSECONDS = 1_000_000


class ServiceManager:
    """
    The service manager that started this process, if one did and listens.

    Its variables are taken out of *environment*: what this process starts has nothing to tell it.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        address = environment.pop("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of Linux' abstract addresses.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        patience = environment.pop("WATCHDOG_USEC", "")
        watched = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.patience = int(patience) / _MICROSECONDS if watched and patience.isdigit() else None
        """Seconds without a word after which it takes this process for dead; None: it does not watch."""

    def tell(self, *, state: str = "", status: str = "") -> None:
        """
        Tell it what this process has come to (`READY=1`), and what a person may read in `systemctl status`.

        Raises nothing: whoever does not listen misses a word, and systemd then does what it does with the silent.
        """
        lines = [state] if state else []
        lines += [f"STATUS={status}"] if status else []
        if not self._address or not lines:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)
            try:
                line.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return

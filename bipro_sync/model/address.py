"""What an insurer's address says of itself; nothing here ever resolves a name or asks the network."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """
    Tell whether *host* is this machine itself: 127.0.0.0/8, ::1 or localhost.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

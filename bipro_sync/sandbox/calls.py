"""The ordered log of calls, each written before its answer leaves; it never holds a password or a token."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any


class Effect(StrEnum):
    """
    What a call changed at the insurer.
    """

    TOKEN = "token"  # noqa: S105  a word of the log
    """A login succeeded."""
    REFUSED = "refused"
    """A wrong password was counted."""
    LOCKED = "locked"
    """The account is locked from now on."""
    ACKNOWLEDGED = "acknowledged"
    """The shipment counts as delivered."""
    CANCELLED = "cancelled"
    """The token of the call is no longer valid."""
    VANISHED = "vanished"
    """The shipment is gone without an acknowledgement."""


@dataclass(slots=True)
class Call:
    """
    One call, filled while it is answered.

    Sizes are bytes of the HTTP bodies (of what was to be sent, where the connection then broke); *status* is
    None where no HTTP answer was sent; *files* are original name, size and SHA-256 of what a getShipment sent.
    """

    operation: str
    received: int
    shipment: str | None = None
    user: str | None = None
    sent: int = 0
    status: int | None = None
    codes: tuple[str, ...] = ()
    effects: list[Effect] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    listed: list[str] | None = None
    files: list[dict[str, Any]] | None = None

    def record(self) -> dict[str, Any]:
        """
        Return the log line's object; what does not apply is left out.
        """
        record = {
            "operation": self.operation,
            "shipment": self.shipment,
            "user": self.user,
            "received": self.received,
            "sent": self.sent,
            "status": self.status,
            "codes": list(self.codes),
            "effects": [effect.value for effect in self.effects],
            "fired": self.fired,
            "listed": self.listed,
            "files": self.files,
        }
        return {key: value for key, value in record.items() if value is not None}


class CallLog:
    """
    A file of JSON lines that outlives the process; numbering goes on where it stopped, a cut last line is dropped.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._next = 1 + sum(1 for _ in read_calls(path))
        self._file = path.open("ab", buffering=0)
        whole = path.read_bytes().rfind(b"\n") + 1
        self._file.truncate(whole)

    def write(self, call: Call) -> None:
        """
        Append the call; other processes can read it when this returns.
        """
        with self._lock:
            record = {"seq": self._next, "ts": datetime.now(UTC).isoformat(), **call.record()}
            self._file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            self._next += 1

    def close(self) -> None:
        """
        Close the file.
        """
        self._file.close()


def read_calls(path: Path) -> Iterator[dict[str, Any]]:
    """
    Yield the calls of a log, oldest first; a missing file has none, and a cut last line is no call.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)

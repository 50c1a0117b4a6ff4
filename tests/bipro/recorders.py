"""Stand-ins for the seams: each remembers what it was told."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta

from bipro_sync.errors import BiproSyncError, BreakerOpenError, StorageError
from bipro_sync.model.ports import LoginVerdict, SystemClock
from bipro_sync.model.shipment import SpooledPart


class Observer:
    """Remembers what it was told; *broken* names the step that fails."""

    def __init__(self):
        self.intents = []
        self.outcomes = []
        self.broken = None

    def intent(self, intent):
        if self.broken == "intent":
            raise StorageError("the log is full")
        self.intents.append(intent)
        return f"call-{len(self.intents)}"

    def outcome(self, call, outcome):
        self.outcomes.append((call, outcome))
        if self.broken == "outcome":
            raise StorageError("the log is full")

    def of(self, operation):
        """The outcomes of the calls of this operation."""
        names = [f"call-{number}" for number, each in enumerate(self.intents, 1) if each.operation is operation]
        return [outcome for call, outcome in self.outcomes if call in names]


class Gate:
    def __init__(self):
        self.attempts = []
        self.hubs = []
        self.verdicts = []
        self.reasons = []
        self.shut = False

    def attempt(self, identity, secret, *, hub):
        if self.shut:
            raise BreakerOpenError("shut")
        self.attempts.append((identity, secret))
        self.hubs.append(hub)

    def conclude(self, verdict, reason):
        assert isinstance(verdict, LoginVerdict)
        self.verdicts.append(verdict)
        self.reasons.append(reason)


class Clock:
    """Stands still unless moved; the look numbered *interrupted_at* is met by a Ctrl-C."""

    def __init__(self):
        self.looks = 0
        self.slept = []
        self.interrupted_at = None
        self.seconds = 1000.0
        self.wall = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def now(self):
        return self.wall

    def sleep(self, seconds):
        """Let time pass at once."""
        self.slept.append(seconds)
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def monotonic(self):
        self.looks += 1
        if self.looks == self.interrupted_at:
            raise KeyboardInterrupt
        return self.seconds


class RealClock(SystemClock):
    """This machine's clock."""

    sleep = staticmethod(time.sleep)


class Writer:
    def __init__(self, sink):
        self._sink = sink
        self._data = []

    def write(self, data):
        if self._sink.broken:
            raise StorageError("the disk is full")
        self._data.append(bytes(data))

    def finish(self):
        data = b"".join(self._data)
        self._sink.parts.append(data)
        handle = str(len(self._sink.parts) - 1)
        return SpooledPart(handle, len(data), hashlib.sha256(data).hexdigest(), data[:1024])


class Sink:
    """Keeps every part in memory; a handle is its index."""

    def __init__(self):
        self.parts = []
        self.envelopes = 0
        self.restarts = 0
        self.broken = False

    def envelope(self):
        self.envelopes += 1
        return Writer(self)

    def part(self):
        return Writer(self)

    def restart(self):
        self.restarts += 1

    def bytes_of(self, part):
        return self.parts[int(part.handle)]


def texts_of(error):
    """Everything that an error could print, its chain included."""
    seen = []
    while error is not None:
        seen.append(f"{error!s} {error!r} {getattr(error, '__notes__', '')}")
        if isinstance(error, BiproSyncError):
            seen.append(str(error.as_json()))
        error = error.__cause__ or error.__context__
    return " ".join(seen)

"""What people were told already, and what they are still owed; it outlives every run, and its loss repeats an alert."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from ..config import AlertsSection
from ..durable import exists, read_whole, replace
from ..model.condition import Condition, Level, Matter


class ChannelMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one way of telling people has *told* and not yet called over, and the events it still owes.

    *failing_since* is when it began not to work, *error* why it last did not.
    """

    told: tuple[Condition, ...] = ()
    owed: tuple[Condition, ...] = ()
    failing_since: datetime | None = None
    error: str | None = None


class AlertMemory(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the file holds: each channel by its name, and when which unit's failure was last told.
    """

    channels: dict[str, ChannelMemory] = {}
    units: dict[str, datetime] = {}

    def failing(self) -> Iterator[Condition]:
        """
        Yield a condition for each channel that does not work.
        """
        for name, channel in self.channels.items():
            if channel.failing_since:
                facts = {"since": channel.failing_since.isoformat(timespec="seconds")}
                yield Condition(matter=Matter.CHANNEL, level=Level.WARNING, about=name, facts=facts)


_DECODER = msgspec.json.Decoder(AlertMemory)


def remembered(path: Path) -> AlertMemory:
    """
    Return what the file at *path* holds; nothing where there is none, or it is garbage: what holds is told once more.

    Raises :class:`~bipro_sync.errors.StorageError` where the disk does not answer.
    """
    if not exists(path):
        return AlertMemory()
    try:
        return _DECODER.decode(read_whole(path))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return AlertMemory()


def failing_channels(alerts: AlertsSection, path: Path) -> list[Condition]:
    """
    Return a condition for each configured way of telling people that does not work, by what is remembered at *path*.
    """
    return [each for each in remembered(path).failing() if each.about in alerts.channels]


def remember(path: Path, memory: AlertMemory) -> None:
    """
    Keep *memory* durably; nothing is written where nothing is new.
    """
    if memory != remembered(path):
        replace(path, msgspec.json.encode(memory))

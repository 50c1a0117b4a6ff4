"""Telling people what has changed since they were last told, each way for itself; what one way owes it tries again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from ..config import AlertsSection
from ..durable import FileLock, remove_drafts
from ..errors import AlertError, CredentialMissingError
from ..model.condition import Condition
from .memory import AlertMemory, ChannelMemory, remember, remembered
from .news import News


UNIT_AGAIN = timedelta(hours=20)
"""How long one unit's failures, or killed runs, are told once: a timer of three runs a day writes one mail a day."""

MOST_OWED = 200
"""Events that one way of telling may owe; the oldest go first, and `status` knows them all."""


@dataclass(frozen=True, slots=True)
class Channel:
    """
    One way of telling people; *send* raises :class:`~bipro_sync.errors.AlertError` where it does not work.
    """

    name: str
    send: Callable[[News], None]


def channels_of(alerts: AlertsSection) -> list[Channel]:
    """
    Return the ways that the configuration names.
    """
    found = []
    if alerts.mail:
        from . import mail  # noqa: PLC0415 - only where mail is sent

        found.append(Channel("mail", partial(mail.send, alerts.mail, language=alerts.language)))
    if alerts.webhook:
        from . import webhook  # noqa: PLC0415 - only where something is posted

        found.append(Channel("webhook", partial(webhook.send, alerts.webhook, language=alerts.language)))
    return found


@dataclass(frozen=True, slots=True)
class Findings:
    """
    What is so at *at*; where that is not *complete*, what was told before may be so still.
    """

    at: datetime
    conditions: Sequence[Condition]
    complete: bool = True


def tell(
    channels: Sequence[Channel], path: Path, look: Callable[[], Findings], events: Iterable[Condition]
) -> tuple[str, ...]:
    """
    Tell each way what is new, has grown or has passed since it last told something, and these *events*; what was told
    is remembered at *path*, durably, when this returns.

    It is looked once nobody else tells anything: an older look would call over what is newer.  Returns why a way did
    not work, a sentence each.  Raises :class:`~bipro_sync.errors.StorageError` where nothing can be remembered.
    """
    with _alone(path):
        found = look()
        memory = _told(channels, _kept(remembered(path), channels), found, tuple(events))
        # Who was told before another way failed has yet to hear of that; what failed just now is not tried at once.
        reached = [channel for channel in channels if memory.channels[channel.name].failing_since is None]
        memory = _told(reached, memory, found, ())
        remember(path, memory)
    return tuple(f"{name}: {each.error}" for name, each in memory.channels.items() if each.error)


def tell_of_unit(channels: Sequence[Channel], path: Path, event: Condition, now: datetime) -> tuple[str, ...] | None:
    """
    Tell of a unit that has failed, or a run that was killed, unless that was told within :data:`UNIT_AGAIN`; None says
    that it was.
    """
    with _alone(path):
        memory = remembered(path)
        last = memory.units.get(event.about)
        if last is not None and timedelta(0) <= now - last < UNIT_AGAIN:
            return None
        units = {name: at for name, at in memory.units.items() if now - at < UNIT_AGAIN} | {event.about: now}
        memory = msgspec.structs.replace(memory, units=units)
        found = {}
        for channel in channels:
            before = memory.channels.get(channel.name, ChannelMemory())
            news = News(at=now, new=(*before.owed, event), stay=before.told, unreached_since=before.failing_since)
            found[channel.name] = _sent(channel, news, before, told=before.told, owed=(*before.owed, event))
        memory = msgspec.structs.replace(memory, channels=memory.channels | found)
        remember(path, memory)
    return tuple(f"{name}: {each.error}" for name, each in found.items() if each.error)


def tell_now(channels: Iterable[Channel], news: News) -> dict[str, str | None]:
    """
    Send *news* each way at once, remembering nothing; return for each why it did not work, None where it did.
    """
    return {channel.name: _error(channel, news) for channel in channels}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """
    Let nobody else tell anything from this memory meanwhile; what a dead process was about to remember is removed.
    """
    with FileLock(path.with_suffix(".lock")):
        remove_drafts(path.parent, re.escape(path.name))
        yield


def _kept(memory: AlertMemory, channels: Iterable[Channel]) -> AlertMemory:
    # A way that is no longer configured owes nobody anything.
    names = {channel.name for channel in channels}
    return msgspec.structs.replace(
        memory, channels={name: each for name, each in memory.channels.items() if name in names}
    )


def _told(
    channels: Iterable[Channel], memory: AlertMemory, found: Findings, events: tuple[Condition, ...]
) -> AlertMemory:
    for channel in channels:
        before = memory.channels.get(channel.name, ChannelMemory())
        so = [*found.conditions, *(each for each in memory.failing() if each.about != channel.name)]
        if not found.complete:
            known = {each.key for each in so}
            so += [each for each in before.told if each.key not in known]
        owed = (*before.owed, *events)[-MOST_OWED:]
        news = _news(before, so, owed, found.at)
        after = _sent(channel, news, before, told=so, owed=owed) if news.is_due else _quiet(before, so)
        memory = msgspec.structs.replace(memory, channels=memory.channels | {channel.name: after})
    return memory


def _news(before: ChannelMemory, so: Sequence[Condition], owed: tuple[Condition, ...], now: datetime) -> News:
    told, current = {each.key: each for each in before.told}, {each.key for each in so}
    new = tuple(each for each in so if each.key not in told or _grew(told[each.key], each))
    return News(
        at=now,
        new=(*owed, *new),
        passed=tuple(each for each in before.told if each.key not in current),
        stay=tuple(each for each in so if each not in new),
        unreached_since=before.failing_since,
    )


def _grew(before: Condition, now: Condition) -> bool:
    return now.level > before.level or now.weight > before.weight


def _quiet(before: ChannelMemory, so: Sequence[Condition]) -> ChannelMemory:
    # What has become less may grow again, and is news then.
    return msgspec.structs.replace(before, told=tuple(so))


def _sent(
    channel: Channel, news: News, before: ChannelMemory, *, told: Sequence[Condition], owed: tuple[Condition, ...]
) -> ChannelMemory:
    if error := _error(channel, news):
        return ChannelMemory(told=before.told, owed=owed, failing_since=before.failing_since or news.at, error=error)
    return ChannelMemory(told=tuple(told))


def _error(channel: Channel, news: News) -> str | None:
    try:
        channel.send(news)
    except (AlertError, CredentialMissingError) as error:
        return error.message
    return None

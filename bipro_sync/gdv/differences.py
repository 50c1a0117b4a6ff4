"""What changed between two deliveries: what is new, changed, cancelled, moved, and, where that can be said, vanished.

Groups whose bytes are the same are never decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .book import contract
from .changes import Change, changes
from .endings import ending, is_cancelled, is_linked
from .entities import entity
from .extent import Extent, extent
from .group import Group, Key, Kind
from .grouping import groups
from .moves import Contracts, moves
from .packets import Packet
from .pairing import Left
from .record import Record


class Event(StrEnum):
    """
    What happened to something between two deliveries.
    """

    NEW = "new"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    MOVED = "moved"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that is not as it was; *key* is the one in the newer delivery that has it, *moved_from* that of the older.

    *reason* is the code for why a contract ended (Abgangsgrund).  *old* and *new* are the numbers of the records.
    """

    event: Event
    kind: Kind
    key: Key
    changes: tuple[Change, ...] = ()
    moved_from: Key | None = None
    reason: str | None = None
    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()


def record_numbers(group: Group) -> tuple[int, ...]:
    """
    Return where a group stands in its file.
    """
    return tuple(record.number for record in group.records)


def differences(
    old: Iterable[Record],
    new: Iterable[Record],
    *,
    old_extent: Extent | None = None,
    new_extent: Extent | None = None,
    noise: bool = False,
) -> Differences:
    """
    Return what is different in *new*, to be gone through once, in the order of its contracts; what vanished comes last.

    Something vanishes only between two full portfolios of one insurer for one broker; the extents override what the
    headers say, which is never that a portfolio is full.  Claims and commission entries do not vanish, as deliveries
    tell only of the latest.  With *noise*, fields that were only written differently are told, too.
    """
    return Differences(_Delivery(old_extent), old, _Delivery(new_extent), new, noise=noise)


class Differences(Iterator[Difference]):
    """
    The differences of two deliveries; the counts are complete in the end.

    *unchanged* counts what is the same, *absent* the contracts and partners that the new delivery does not have, and of
    which nobody can say that they vanished.
    """

    def __init__(
        self, before: _Delivery, old: Iterable[Record], after: _Delivery, new: Iterable[Record], *, noise: bool
    ) -> None:
        self.unchanged = 0
        self.absent = 0
        self._noise = noise
        self._before = before
        self._after = after
        self._moves = _Moves()
        self._found = self._compared(groups(old), groups(new))

    def __next__(self) -> Difference:
        return next(self._found)

    def _compared(self, old: Iterable[Group], new: Iterable[Group]) -> Iterator[Difference]:
        left = Left(self._before.seen(old))
        different = [each for each in self._after.seen(new) if not left.takes_same(each)]
        self.unchanged = left.same
        self._moves.follow(different, left, self._before.contracts, self._after.contracts)
        for after, before in left.paired(different, self._moves.policies):
            yield from self._told(before, after)
        for key in list(self._moves.arrived):
            yield from self._arrived(key, None)
        for group in left.rest():
            yield from self._gone(group)

    def _told(self, before: Group | None, after: Group) -> Iterator[Difference]:
        if after.kind is Kind.CONTRACT:
            was_moved = after.key in self._moves.arrived
            yield from self._arrived(after.key, after if before is None else None)
            if after.key in self._moves.passed or (was_moved and before is None):
                return
        if before is not None:
            yield from self._changed(before, after)
        elif after.kind is not Kind.PARTNER or after.key[:2] in self._before.policies:
            event = Event.CANCELLED if is_cancelled(after) else Event.NEW
            yield Difference(event, after.kind, after.key, reason=ending(after), new=record_numbers(after))

    def _changed(self, before: Group, after: Group) -> Iterator[Difference]:
        found = self._changes(before, after)
        if not found:
            self.unchanged += 1
            return
        event = Event.CANCELLED if is_cancelled(after) and not is_cancelled(before) else Event.CHANGED
        reason = ending(after) if event is Event.CANCELLED else None
        yield Difference(
            event, after.kind, after.key, found, None, reason, record_numbers(before), record_numbers(after)
        )

    def _arrived(self, key: Key, group: Group | None) -> Iterator[Difference]:
        """
        Yield which contracts moved to this one; the first is compared with it where it is new here.
        """
        for origin in self._moves.arrived.pop(key, []):
            found = self._changes(origin, group) if group is not None else ()
            new = record_numbers(group) if group is not None else ()
            reason = self._moves.reasons.get(origin.key)
            yield Difference(Event.MOVED, Kind.CONTRACT, key, found, origin.key, reason, record_numbers(origin), new)
            group = None

    def _changes(self, before: Group, after: Group) -> tuple[Change, ...]:
        found = changes(entity(before).content, entity(after).content)
        return tuple(each for each in found if self._noise or not each.is_noise)

    def _gone(self, group: Group) -> Iterator[Difference]:
        """
        Yield what vanished; partners that are not there because their contract is not are not told apart from it.
        """
        if group.kind is not Kind.CONTRACT and (
            group.kind is not Kind.PARTNER or group.key[:2] not in self._after.policies
        ):
            return
        if self._before.is_full(group.packet) and self._after.covers(group.packet):
            yield Difference(Event.VANISHED, group.kind, group.key, old=record_numbers(group))
        else:
            self.absent += 1


class _Delivery:
    """
    What a delivery as a whole says: which contracts and policy numbers it has, and for whom it is a full portfolio.
    """

    def __init__(self, extent_given: Extent | None) -> None:
        self.contracts: set[Key] = set()
        self.policies: set[Key] = set()
        self._given = extent_given
        self._full: set[tuple[str | None, str | None]] = set()

    def seen(self, groups_read: Iterable[Group]) -> Iterator[Group]:
        """
        Yield the groups on, and remember what they are about.
        """
        packet: Packet | None = None
        for group in groups_read:
            self.policies.add(group.key[:2])
            if group.kind is Kind.CONTRACT:
                self.contracts.add(group.key)
                if group.packet is not packet:
                    packet = group.packet
                    if self.is_full(packet):
                        self._full.add((packet.insurer, packet.broker))
            yield group

    def is_full(self, packet: Packet) -> bool:
        """
        Say whether a packet of the delivery is a full portfolio.
        """
        return packet.has_header and (self._given or extent(packet)) is Extent.FULL

    def covers(self, packet: Packet) -> bool:
        """
        Say whether the delivery has a full portfolio of the same insurer for the same broker, with contracts in it.
        """
        return (packet.insurer, packet.broker) in self._full


class _Moves:
    """
    Contracts on their way: those that *arrived*, by where; the *reasons* they went for; keys that are only *passed*.

    *policies* leads from the insurer and policy number of one that is new here to those that it had.
    """

    def __init__(self) -> None:
        self.arrived: dict[Key, list[Group]] = {}
        self.reasons: dict[Key, str | None] = {}
        self.passed: set[Key] = set()
        self.policies: dict[Key, Key] = {}

    def follow(self, different: Iterable[Group], left: Left, old: set[Key], new: set[Key]) -> None:
        """
        Find out which contracts of the older delivery went on elsewhere.
        """
        told = {each.key: contract(entity(each)) for each in different if is_linked(each)}
        if not told:
            return
        self.reasons = {key: each.gone_because for key, each in told.items()}
        for key, to in moves(told, Contracts(old), Contracts(new)).items():
            origin = left.find(key)
            if key not in old:
                self.passed.add(key)
            elif origin is not None and (to not in old or not is_cancelled(origin)):
                left.take(key)
                self.passed.add(key)
                self.arrived.setdefault(to, []).append(origin)
                if to not in old:
                    self.policies.setdefault(to[:2], key[:2])

"""What changed between two deliveries: what is new, changed, cancelled, moved, and, where that can be said, vanished.

What stands under a policy number with the same bytes is never decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .changes import Change, changes
from .deliveries import Delivery
from .endings import ending, is_cancelled
from .entities import entity
from .extent import Extent
from .group import Group, Key, Kind
from .grouping import Policy
from .moves import Moves
from .pairing import paired
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
    Return what is different in *new*, to be gone through once, in the order of its policy numbers.

    Something vanishes only between two full portfolios of one insurer for one broker, the newer of which has contracts
    of its line; the extents override what the headers say, which is never that a portfolio is full.  Claims and
    commission entries do not vanish, as deliveries tell only of the latest.  With *noise*, fields that were only
    written differently are told, too.

    >>> from bipro_sync.gdv import read
    >>> def delivered(status):
    ...     return read(b"0200" + b"99999 040" + b"4711".rjust(17) + status.rjust(39))
    >>> [found] = differences(delivered(b"1"), delivered(b"4"))
    >>> found.event.value, found.key, [(change.field, change.old, change.new) for change in found.changes]
    ('cancelled', ('99999', '4711', '040'), [('Vertragsstatus', '1', '4')])
    """
    return Differences(Delivery(old, old_extent), Delivery(new, new_extent), noise=noise)


class Differences(Iterator[Difference]):
    """
    The differences of two deliveries; the counts are complete in the end.

    *unchanged* counts the policy numbers under which there is no difference, *absent* the contracts and partners that
    the new delivery does not have, and of which nobody can say that they vanished.
    """

    def __init__(self, old: Delivery, new: Delivery, *, noise: bool) -> None:
        self._old = old
        self._new = new
        self._noise = noise
        self._different = [key for key in new.policies if not _same_bytes(old, new, key)]
        self._moves = Moves(old, new, (group for key in self._different for group in new.groups(key)))
        self.unchanged = len(new.policies) - len(self._different)
        self.absent = 0
        self._found = self._compared()

    def __next__(self) -> Difference:
        return next(self._found)

    def _compared(self) -> Iterator[Difference]:
        for key in self._different:
            found = list(self._under(key))
            self.unchanged += not found
            yield from found
        # Those that go on as a contract whose own records did not change.
        for key in list(self._moves.arrived):
            yield from self._arrived(key, None)
        for key in self._old.policies:
            if key not in self._new.policies:
                for group in self._old.groups(key):
                    yield from self._gone(group)

    def _under(self, key: Key) -> Iterator[Difference]:
        """
        Yield what is different under one policy number.
        """
        newer = list(self._new.groups(key))
        before, left = paired(self._older(key), newer)
        for older, group in zip(before, newer, strict=True):
            has_arrived = group.key in self._moves.arrived
            yield from self._arrived(group.key, group if older is None else None)
            if group.key in self._moves.passed or (has_arrived and older is None):
                continue
            if older is not None:
                yield from self._changed(older, group)
            elif group.kind is not Kind.PARTNER or key in self._old.policies:
                event = Event.CANCELLED if is_cancelled(group) else Event.NEW
                yield Difference(event, group.kind, group.key, reason=ending(group), new=group.numbers)
        for group in left:
            yield from self._gone(group)

    def _older(self, key: Key) -> Iterator[Group]:
        """
        Yield what was under a policy number; under a new one that a contract moved to, the partners of that contract.
        """
        origin = self._moves.policies.get(key)
        if origin is None or origin in self._new.policies:
            yield from self._old.groups(key)
        else:
            yield from (group for group in self._old.groups(origin) if group.kind is Kind.PARTNER)

    def _changed(self, before: Group, after: Group) -> Iterator[Difference]:
        found = self._changes(before, after)
        if found:
            is_ending = is_cancelled(after) and not is_cancelled(before)
            event, reason = (Event.CANCELLED, ending(after)) if is_ending else (Event.CHANGED, None)
            yield Difference(event, after.kind, after.key, found, None, reason, before.numbers, after.numbers)

    def _arrived(self, key: Key, group: Group | None) -> Iterator[Difference]:
        """
        Yield which contracts moved to this one; the first is compared with its *group*, where it was not known before.
        """
        for origin in self._moves.arrived.pop(key, []):
            found = self._changes(origin, group) if group is not None else ()
            reason = self._moves.reasons.get(origin.key)
            where = group.numbers if group is not None else ()
            yield Difference(Event.MOVED, Kind.CONTRACT, key, found, origin.key, reason, origin.numbers, where)
            group = None

    def _changes(self, before: Group, after: Group) -> tuple[Change, ...]:
        found = changes(entity(before).content, entity(after).content)
        return tuple(each for each in found if self._noise or not each.is_noise)

    def _gone(self, group: Group) -> Iterator[Difference]:
        """
        Yield what vanished; partners that are not there because their policy number is not are not told apart from it.
        """
        is_partner = group.kind is Kind.PARTNER and group.key[:2] in self._new.policies
        if not is_partner and (group.kind is not Kind.CONTRACT or group.key in self._moves.passed):
            return
        lines = self._old.lines(group.key[:2]) if is_partner else {group.key[2]}
        if self._old.is_full(group.packet) and self._new.covers(group.packet, lines):
            yield Difference(Event.VANISHED, group.kind, group.key, old=group.numbers)
        else:
            self.absent += 1


def _same_bytes(old: Delivery, new: Delivery, key: Key) -> bool:
    one, other = old.policies.get(key, []), new.policies[key]
    return len(one) == len(other) and all(map(Policy.says_the_same, one, other))

"""A delivery as a whole, to be compared with another: what stands under each policy number, and for whom it is full."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

from .extent import Extent, extent
from .group import Group, Key, Kind
from .grouping import Policy, policies
from .packets import HEADER, TRAILER, Packet, Packets
from .record import Record


_Whose: TypeAlias = tuple[str | None, str | None]
"""Insurer and broker that a packet is from and for."""


class Delivery:
    """
    The records of one delivery by insurer and policy number; *given* overrides what its headers say of its extent.
    """

    def __init__(self, records: Iterable[Record], given: Extent | None) -> None:
        self.policies: dict[Key, list[Policy]] = {}
        self._given = given
        self._full: set[_Whose] = set()
        self._cut: set[_Whose] = set()
        self._lines: dict[tuple[_Whose, str], bool] = {}
        self._by_number: dict[str, list[Key]] | None = None
        for policy in policies(self._watched(records)):
            self.policies.setdefault(policy.key, []).append(policy)
            whose = _whose(policy.packet)
            if policy.packet.is_whole and whose not in self._full and self.is_full(policy.packet):
                self._full.add(whose)

    def groups(self, key: Key) -> Iterator[Group]:
        """
        Yield what stands under an insurer's and a policy's number.
        """
        for policy in self.policies.get(key, []):
            yield from policy.groups()

    def contract(self, key: Key) -> Group | None:
        """
        Return the contract with this key.
        """
        return next((each for each in self.groups(key[:2]) if each.kind is Kind.CONTRACT and each.key == key), None)

    def numbered(self, number: str) -> list[Key]:
        """
        Return the keys of the contracts with this policy number, of any insurer.
        """
        if self._by_number is None:
            self._by_number = {}
            for key in self.policies:
                self._by_number.setdefault(key[1], []).append(key)
        found = self._by_number.get(number, [])
        return [group.key for key in found for group in self.groups(key) if group.kind is Kind.CONTRACT]

    def is_full(self, packet: Packet) -> bool:
        """
        Say whether a packet of the delivery is of a full portfolio.
        """
        return packet.has_header and (self._given or extent(packet)) is Extent.FULL

    def lines(self, key: Key) -> set[str]:
        """
        Return the lines of the contracts that stand under an insurer's and a policy's number.
        """
        return {group.key[2] for group in self.groups(key) if group.kind is Kind.CONTRACT}

    def covers(self, packet: Packet, lines: Collection[str]) -> bool:
        """
        Say whether the delivery has a full portfolio of the same insurer for the same broker, with contracts of all
        these *lines* in it, one at least, and none that lacks its end.

        One without anything of a line may be a part of what is sent, and says nothing of it.
        """
        whose = _whose(packet)
        is_full = whose in self._full - self._cut
        return is_full and bool(lines) and all(self._has_line(whose, line) for line in lines)

    def _has_line(self, whose: _Whose, line: str) -> bool:
        if (whose, line) not in self._lines:
            theirs = (
                key for key, found in self.policies.items() if any(_whose(each.packet) == whose for each in found)
            )
            self._lines[whose, line] = any(line in self.lines(key) for key in theirs)
        return self._lines[whose, line]

    def _watched(self, records: Iterable[Record]) -> Iterator[Record]:
        """
        Let records go by, and see who has a packet that lacks its end, be it cut right behind its header.
        """
        split = Packets()
        for record in records:
            if split.at_edge or record.padded[:4] in {HEADER, TRAILER}:
                before, was_whole = split.current, split.is_whole
                if split.show(record) is not before and before is not None and not was_whole:
                    self._cut.add(_whose(before))
            yield record
        if split.current is not None and not split.is_whole:
            self._cut.add(_whose(split.current))


def _whose(packet: Packet) -> _Whose:
    return packet.insurer, packet.broker

"""Which records belong together: those of a contract, a partner, a claim, a commission entry; none is decoded for it.

Records of one contract need not lie together, so that a packet's records are held until its end; the next packet begins
with empty hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .belonging import claims, commission, contracts, partners
from .group import Group, Key, Kind
from .packets import HEADER, TRAILER, Packet, packets
from .policy_numbers import insurer_number, normalised
from .record import Record
from .record_types import Family, families


__all__ = ["Group", "Key", "Kind", "groups"]

_Policy = tuple[str, str]


def groups(records: Iterable[Record]) -> Iterator[Group]:
    """
    Yield what a file is about, packet by packet; within one, policy number by policy number as they first appear.

    Headers, trailers and records of other families than the broker's data set are about nothing of this.
    """
    current: Packet | None = None
    held = _Held()
    for packet, record in packets(records):
        if packet is not current:
            if current is not None:
                yield from held.groups(current)
            current, held = packet, _Held()
        held.add(record)
    if current is not None:
        yield from held.groups(current)


class _Held:
    """
    A packet's records by insurer and policy number, and by what they are about; a number is read once for each way in
    which it is written.
    """

    def __init__(self) -> None:
        self._policies: dict[_Policy, dict[Kind, list[Record]]] = {}
        self._written: dict[bytes, dict[Kind, list[Record]]] = {}

    def add(self, record: Record) -> None:
        """
        Hold a record, if it is about anything.
        """
        data = record.padded
        kind = _KINDS.get(data[:4])
        if kind is None:
            return
        held = self._written.get(data[4:30])
        if held is None:
            policy = insurer_number(record.text(5, 5)), normalised(record.text(14, 17))
            held = self._written[data[4:30]] = self._policies.setdefault(policy, {})
        if kind in held:
            held[kind].append(record)
        else:
            held[kind] = [record]

    def groups(self, packet: Packet) -> Iterator[Group]:
        """
        Yield the groups of all records held.
        """
        for policy, held in self._policies.items():
            if Kind.OTHER in held or not policy[1]:
                _attach(policy, held)
            for kind, found in held.items():
                for key, members in _FINDERS[kind](found):
                    yield Group(kind, policy + key, members, packet)


def _attach(policy: _Policy, held: dict[Kind, list[Record]]) -> None:
    """
    Give clauses, texts and the like to the contract that they are under; what has no policy number is no contract.
    """
    both = held.pop(Kind.CONTRACT, []), held.pop(Kind.OTHER, [])
    about = Kind.CONTRACT if both[0] and policy[1] else Kind.OTHER
    together = sorted((*both[0], *both[1]), key=lambda record: record.number)
    if together:
        held[about] = together


def _others(records: list[Record]) -> Iterator[tuple[Key, list[Record]]]:
    by_type: dict[bytes, list[Record]] = {}
    for record in records:
        by_type.setdefault(record.padded[:4], []).append(record)
    for start, members in by_type.items():
        yield (start.decode("ascii"),), members


def _kind(record_type: str) -> Kind:
    if record_type in {"0100", "0102"}:
        return Kind.PARTNER
    return {"02": Kind.CONTRACT, "04": Kind.COMMISSION, "05": Kind.CLAIM}.get(record_type[:2], Kind.OTHER)


_KINDS = {
    start: _kind(start.decode("ascii"))
    for start, family in families().items()
    if family in {Family.BROKER, Family.OWN} and start not in {HEADER, TRAILER}
}

_FINDERS: dict[Kind, Callable[[list[Record]], Iterator[tuple[Key, list[Record]]]]] = {
    Kind.CONTRACT: contracts,
    Kind.PARTNER: partners,
    Kind.CLAIM: claims,
    Kind.COMMISSION: commission,
    Kind.OTHER: _others,
}

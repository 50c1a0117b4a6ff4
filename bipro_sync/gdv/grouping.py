"""Which records belong together: those of a contract, a partner, a claim, a commission entry; none is decoded for it.

Records of one contract need not lie together, so that a packet's records are held until its end; the next packet begins
with empty hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

from ..errors import UsageError
from ..model.policy_number import normalised
from .belonging import Found, claims, commission, contracts, partners
from .group import Group, Key, Kind
from .layouts import RECORD_LENGTH
from .packets import HEADER, TRAILER, Packet, Packets
from .policy_numbers import insurer_number
from .record import Record
from .record_types import Family, families


__all__ = ["BIGGEST", "MOST_HELD", "Group", "Key", "Kind", "Policy", "groups", "held", "policies"]


BIGGEST = 512 << 20
"""Bytes of a file that is grouped, at the most; all records of a packet are held at once."""

MOST_HELD = BIGGEST // RECORD_LENGTH
"""Records that are held at once, short ones and whole: each takes about two and a half times its 256 bytes."""


def held(records: Iterable[Record], most: int = MOST_HELD) -> Iterator[Record]:
    """
    Give *records* on; raises :class:`~bipro_sync.errors.UsageError` where there are more than can be held at once.
    """
    for count, record in enumerate(records, 1):
        if count > most:
            raise UsageError(
                f"There are more than {most} records, too many to be held at once.",
                code="too-big",
                hint="`gdv check`, `records` and `export` take files of any size.",
            )
        yield record


@dataclass(frozen=True, slots=True)
class Policy:
    """
    All records of one packet under one policy number, in the order of the file; its *key* is that number, normalised,
    behind the insurer's.
    """

    key: Key
    packet: Packet
    records: list[Record]

    def says_the_same(self, other: Policy) -> bool:
        """
        Say whether both have the same bytes.
        """
        return list(map(_content, self.records)) == list(map(_content, other.records))

    @property
    def has_contracts(self) -> bool:
        """
        Whether there is a contract with this number, not only a claim, say.
        """
        return bool(self.key[1]) and any(_KINDS[each.padded[:4]] is Kind.CONTRACT for each in self.records)

    def groups(self) -> Iterator[Group]:
        """
        Yield what these records are about; clauses, texts and the like are their contract's.
        """
        held: dict[Kind, list[Record]] = {}
        for record in self.records:
            kind = _KINDS[record.padded[:4]]
            if kind in held:
                held[kind].append(record)
            else:
                held[kind] = [record]
        if Kind.OTHER in held or not self.key[1]:
            unclear = [each for each in self.records if _KINDS[each.padded[:4]] in _UNCLEAR]
            held = {kind: found for kind, found in held.items() if kind not in _UNCLEAR}
            held |= {Kind.CONTRACT if self.has_contracts else Kind.OTHER: unclear} if unclear else {}
        for kind, found in held.items():
            for key, members in _FINDERS[kind](found):
                yield Group(kind, self.key + key, members, self.packet)


def groups(records: Iterable[Record]) -> Iterator[Group]:
    """
    Yield what a file is about, packet by packet; within one, policy number by policy number as they first appear.

    Headers, trailers and records of other families than the broker's data set are about nothing of this.
    """
    for policy in policies(records):
        yield from policy.groups()


def policies(records: Iterable[Record]) -> Iterator[Policy]:
    """
    Yield the records under each policy number, in the order of `groups`.
    """
    split = Packets()
    packet: Packet | None = None
    held: dict[Key, list[Record]] = {}
    written: dict[bytes, list[Record]] = {}
    insurers: dict[bytes, str] = {}
    for record in records:
        data = record.padded
        known = data[:4] in _KINDS
        if split.at_edge or not known:
            was_whole = split.is_whole
            begun = split.show(record)
            if begun is not packet:
                yield from _held(packet, held, is_whole=was_whole)
                packet, held, written, insurers = begun, {}, {}, {}
            if not known:
                continue
        found = written.get(data[4:30])
        if found is None:
            insurer = insurers.get(data[4:9])
            if insurer is None:
                insurer = insurers[data[4:9]] = insurer_number(record.text(5, 5))
            found = written[data[4:30]] = held.setdefault((insurer, _number(record)), [])
        found.append(record)
    yield from _held(packet, held, is_whole=split.is_whole)


def _held(packet: Packet | None, held: dict[Key, list[Record]], *, is_whole: bool) -> Iterator[Policy]:
    if packet is not None:
        ended = replace(packet, is_whole=is_whole)
        for key, records in held.items():
            yield Policy(key, ended, records)


def _number(record: Record) -> str:
    bare = record.padded[13:30].strip()
    return bare.decode("ascii").upper() if bare.isalnum() else normalised(record.text(14, 17))


def _others(records: list[Record]) -> Iterator[Found]:
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
_UNCLEAR = frozenset({Kind.CONTRACT, Kind.OTHER})
_FINDERS: dict[Kind, Callable[[list[Record]], Iterator[Found]]] = {
    Kind.CONTRACT: contracts,
    Kind.PARTNER: partners,
    Kind.CLAIM: claims,
    Kind.COMMISSION: commission,
    Kind.OTHER: _others,
}
_content = attrgetter("content")

"""A group: the records that are about one contract, partner, claim or commission entry, as they came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import TypeAlias

from .packets import Packet
from .record import Record


Key: TypeAlias = tuple[str, ...]
"""What a group is known by in every delivery; insurer's number and normalised policy number come first."""

_DIGEST_BYTES = 16


class Kind(StrEnum):
    """
    What a group is about; the parts of its key, behind insurer number and policy number, are named in brackets.
    """

    CONTRACT = "contract"
    """(line)"""
    PARTNER = "partner"
    """(role, ordinal among those of this role)"""
    CLAIM = "claim"
    """(line, claim number, number of the processing step, ordinal)"""
    COMMISSION = "commission"
    """(line, what it is an entry of, ordinal)"""
    OTHER = "other"
    """(record type): what belongs to no contract that the packet has"""


@dataclass(frozen=True, slots=True)
class Group:
    """
    The records of one *kind* and *key* in one packet, in the order of the file.

    Where a bundle has its general record once for several lines, it is in the group of each.
    """

    kind: Kind
    key: Key
    records: list[Record]
    packet: Packet

    @property
    def numbers(self) -> tuple[int, ...]:
        """
        The numbers of the records in the file.
        """
        return tuple(record.number for record in self.records)

    def digest(self) -> bytes:
        """
        Return 16 bytes that are equal where all bytes of the records are equal; nothing is decoded for it.
        """
        return blake2b(b"".join([record.content for record in self.records]), digest_size=_DIGEST_BYTES).digest()

"""Packets: a file holds one or several, each with a header, records and a trailer, and any of these may be missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .policy_numbers import insurer_number
from .record import Record
from .values import GdvDate, gdv_date


HEADER = b"0001"
TRAILER = b"9999"


@dataclass(frozen=True, slots=True)
class Packet:
    """
    What a packet's header says: whose data it is, for which broker, and of which time; all None without a header.

    *number* counts from 1 in the file; *record* is the number of its first record.
    """

    number: int
    record: int
    insurer: str | None = None
    broker: str | None = None
    since: GdvDate | None = None
    until: GdvDate | None = None

    @property
    def has_header(self) -> bool:
        """
        Whether the packet began as it should.
        """
        return self.insurer is not None


def packets(records: Iterable[Record]) -> Iterator[tuple[Packet, Record]]:
    """
    Yield each record with the packet it is of; records of one packet carry the same object.
    """
    before = TRAILER
    packet = Packet(0, 0)
    for record in records:
        start = record.padded[:4]
        if before == TRAILER or (start == HEADER and before != HEADER):
            packet = packet_of(packet.number + 1, record)
        before = start
        yield packet, record


def packet_of(number: int, first: Record) -> Packet:
    """
    Return the packet that begins with the record *first*.
    """
    if first.padded[:4] != HEADER:
        return Packet(number, first.number)
    return Packet(
        number,
        first.number,
        insurer_number(first.text(5, 5)),
        first.text(86, 10).strip(),
        gdv_date(first.padded[69:77]),
        gdv_date(first.padded[77:85]),
    )

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

    *number* counts from 1 in the file; *record* is the number of its first record.  *is_whole* says that a trailer came
    and announced as many records as there were; it is False as long as the trailer has not been seen.
    """

    number: int
    record: int
    insurer: str | None = None
    broker: str | None = None
    since: GdvDate | None = None
    until: GdvDate | None = None
    is_whole: bool = False

    @property
    def has_header(self) -> bool:
        """
        Whether the packet began as it should.
        """
        return self.insurer is not None


class Packets:
    """
    Tells the packets of a file apart, whose records it is shown one after the other.

    `current` is the packet of the last record shown, None before the first.
    """

    def __init__(self) -> None:
        self.current: Packet | None = None
        self.at_edge = True
        """Whether the next record must be shown; in the middle of a packet only headers and trailers must."""
        self.is_whole = False
        """Whether the current packet has come to its end with as many records as its trailer announces."""
        self._before = TRAILER
        self._began = 0

    def show(self, record: Record) -> Packet:
        """
        Return the packet that a record is of.
        """
        start = record.padded[:4]
        if self.current is None or self._before == TRAILER or (start == HEADER and self._before != HEADER):
            self.current = packet_of(self.current.number + 1 if self.current else 1, record)
            self._began = record.number - 1
        if start == HEADER:
            self._began = record.number
        self.is_whole = start == TRAILER and announced(record) == record.number - self._began - 1
        self._before = start
        self.at_edge = start in {HEADER, TRAILER}
        return self.current


def announced(trailer: Record) -> int | None:
    """
    Return how many records a trailer says there are between it and the header; None where it does not.
    """
    count = trailer.padded[4:14].strip()
    return int(count) if count.isdigit() else None


def packets(records: Iterable[Record]) -> Iterator[tuple[Packet, Record]]:
    """
    Yield each record behind the packet it is of; records of one packet carry the same object.
    """
    split = Packets()
    for record in records:
        yield split.show(record), record


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

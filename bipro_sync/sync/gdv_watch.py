"""What is seen of a GDV file's packets while their records go by: how many, by whose numbers, and whether all came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..catalog import Foreign, Place
from ..gdv.packets import HEADER, TRAILER, Packet, Packets
from ..gdv.record import Record
from ..gdv.record_types import Family


_BROKER = slice(32, 42)
_PLACES = {HEADER: slice(85, 95), TRAILER: slice(14, 24)}
"""Where header and trailer have the broker number."""


@dataclass(slots=True)
class Counted:
    """
    What a packet has: its *records* but for header and trailer, and whether its trailer came and vouches for them.
    """

    packet: Packet
    records: int = 0
    is_whole: bool = False


@dataclass(slots=True)
class Watch:
    """
    Lets records go by, and counts: *packets* by their number; *brokers* has by each broker number, as sent, the records
    and the first of them.
    """

    records: Iterable[Record]
    packets: dict[int, Counted] = field(default_factory=dict)
    brokers: dict[bytes, list[int]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Record]:
        split = Packets()
        counted: Counted | None = None
        for record in self.records:
            where = _PLACES.get(record.padded[:4], _BROKER)
            if counted is None or split.at_edge or where is not _BROKER:
                packet = split.show(record)
                counted = self.packets.setdefault(packet.number, Counted(packet))
                counted.is_whole = split.is_whole
            if where is _BROKER:
                counted.records += 1
            seen = self.brokers.get(record.padded[where])
            if seen is not None:
                seen[0] += 1
            elif record.family is Family.BROKER:
                self.brokers[record.padded[where]] = [1, record.number]
            yield record

    def foreign(self, place: Place, ours: Collection[str]) -> list[Foreign]:
        """
        Return the broker numbers that are not among *ours*; with none configured nothing is foreign.
        """
        known = {_plain(number) for number in ours}
        found: dict[str, list[int]] = {}
        for number, (records, first) in self.brokers.items():
            name = number.decode("latin-1").strip()
            if known and _plain(name) and _plain(name) not in known:
                before = found.setdefault(name, [0, first])
                before[0] += records
        return [Foreign(place, name, records, first) for name, (records, first) in sorted(found.items())]


def _plain(number: str) -> str:
    """
    Return a broker number without what senders add or leave out: separators, case, zeros before it.
    """
    return "".join(filter(str.isalnum, number)).upper().lstrip("0")

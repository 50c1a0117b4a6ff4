"""What is seen of a GDV file's packets while their records go by: how many, by whose numbers, and whether all came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..catalog import Foreign, Place
from ..gdv.packets import HEADER, TRAILER, Packets
from ..gdv.record import Record
from ..gdv.record_types import Family


_BROKER = slice(32, 42)
_BROKER_OF_HEADER = slice(85, 95)
_BROKER_OF_TRAILER = slice(14, 24)
_COUNT_OF_TRAILER = slice(4, 14)


@dataclass(slots=True)
class Counted:
    """
    What a packet has: its records but for header and trailer, and what the trailer says that number is.
    """

    records: int = 0
    said: int | None = None

    @property
    def is_whole(self) -> bool:
        """
        Whether its trailer came, and vouches for the number of records.
        """
        return self.records == self.said


@dataclass(slots=True)
class Watch:
    """
    Lets records go by, and counts; *brokers* has by each broker number, as sent, the records and the first of them.
    """

    records: Iterable[Record]
    packets: dict[int, Counted] = field(default_factory=lambda: defaultdict(Counted))
    brokers: dict[bytes, list[int]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Record]:
        split = Packets()
        for record in self.records:
            start = record.padded[:4]
            if split.at_edge or start in {HEADER, TRAILER}:
                counted = self.packets[split.show(record).number]
            where = _BROKER
            if start == HEADER:
                where = _BROKER_OF_HEADER
            elif start == TRAILER:
                where = _BROKER_OF_TRAILER
                count = record.padded[_COUNT_OF_TRAILER]
                counted.said = int(count) if count.isdigit() else None
            else:
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

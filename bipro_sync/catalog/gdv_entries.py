"""What the catalogue knows of GDV files, as frozen values: deliveries, and the states of what they tell of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class ToIndex:
    """
    A stored shipment with GDV files, or ZIP files, that were not looked at yet; *at* is when its insurer put it up,
    *attempts* how often a process began to look at it and died before it came to an end.
    """

    number: int
    insurer: str
    id: str
    at: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where in a shipment something stands: the file's number and, in a ZIP file, the entry's; both count from 1, and 0
    stands for a file that is no ZIP file.
    """

    position: int
    member: int = 0

    def __str__(self) -> str:
        return f"file {self.position}" + (f", entry {self.member}" if self.member else "")


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One packet about to be entered: where it stands, whose it is by its header, and whether it is a *whole* portfolio.
    """

    shipment: ToIndex
    place: Place
    packet: int
    insurer_number: str
    broker_number: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Content:
    """
    A state of something, decoded: what it is found by, the numbers of its records, and all of it as JSON that is the
    same for the same values.
    """

    policy: str | None
    line: str | None
    status: str | None
    records: tuple[int, ...]
    json: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """
    Something that a packet tells of: its kind, its key, a digest over its bytes, and how to decode it, which is done
    only where the digest is another than before.
    """

    kind: str
    key: str
    digest: bytes
    decode: Callable[[], Content]


@dataclass(frozen=True, slots=True)
class Foreign:
    """
    A broker number in a file that is not the broker's: in how many records, and in which first.
    """

    place: Place
    broker_number: str
    records: int
    first_record: int


@dataclass(frozen=True, slots=True)
class GdvRemark:
    """
    Why a file, or a part of it, could not be indexed; never with a word out of it.
    """

    place: Place
    remark: str


@dataclass(frozen=True, slots=True)
class Seen:
    """
    The delivery a state begins or ends with: which shipment, when it was put up, and where in it the packet stands.

    *path* is None where nothing is stored any more.
    """

    shipment: str
    at: datetime
    place: Place
    packet: int
    path: PurePosixPath | None


@dataclass(frozen=True, slots=True)
class State:
    """
    One state of a partner, contract, risk, claim or commission entry, from a delivery on until another; *until* is None
    where it is the latest.

    *records* are the numbers of its records in the file it came with; none where that file has gone and a later one,
    which has the same, stands for it.  *content* holds each record's fields by short name, by part.
    """

    insurer: str
    kind: str
    key: tuple[str, ...]
    policy: str | None
    line: str | None
    status: str | None
    since: Seen
    until: Seen | None
    records: tuple[int, ...]
    content: dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class GdvSummary:
    """
    What of one insurer's GDV files needs an eye, in shipments: those not looked at yet, those with files that could not
    be read, those with other brokers' numbers.
    """

    waiting: int = 0
    unreadable: int = 0
    foreign: int = 0

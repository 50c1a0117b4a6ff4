"""The worklist: what came for people to read, the urgent first, and who of them has dealt with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..archive import Archive
from ..catalog import Entry, FileEntry, Queries, Worklist
from ..errors import IntegrityError
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.kinds import Kind, german_category_label
from ..model.marks import Done
from ..model.shipment import Numbers
from ..model.states import ShipmentState
from ..model.urgency import Urgency, urgency_of
from ..notify.texts import URGENCIES


READ_BY_PEOPLE = (Kind.MAIL, Kind.EVENT, Kind.COMMISSION, Kind.UNKNOWN)
"""The other kinds are for programs."""

_IMPORTED = "von Hand importiert"

USUALLY = timedelta(days=30)
"""How far back the worklist goes where nobody says otherwise."""

_RANKS = {
    urgency: rank
    for rank, urgency in enumerate(
        (
            Urgency.PORTFOLIO_LOSS,
            Urgency.CANCELLATION,
            Urgency.DUNNING,
            Urgency.BANK_DATA,
            Urgency.NO_CATEGORY,
            Urgency.UNKNOWN_CATEGORY,
        )
    )
}


@dataclass(frozen=True, slots=True)
class Item:
    """
    One shipment of the worklist: why it is *urgent* if it is, its numbers, its files, and who has dealt with it.
    """

    entry: Entry
    urgent: Urgency | None
    numbers: Numbers
    files: tuple[FileEntry, ...]
    done: tuple[Done, ...]

    @property
    def meaning(self) -> str:
        """
        What its category means, in German; what somebody has imported has none.
        """
        if self.entry.state is ShipmentState.IMPORTED:
            return _IMPORTED
        return german_category_label(self.entry.category)

    @property
    def because(self) -> str:
        """
        Why it is urgent, in German; nothing where it is not.
        """
        return URGENCIES["de"][self.urgent] if self.urgent else ""

    def as_json(self) -> dict[str, object]:
        """
        Return the object of `inbox list --json`.
        """
        entry = self.entry
        return {
            "insurer": entry.insurer,
            "id": entry.id,
            "kind": entry.kind,
            "category": entry.category,
            "meaning": self.meaning,
            "urgency": self.urgent,
            "posted_at": entry.posted_at.isoformat() if entry.posted_at else None,
            "stored_at": entry.stored_at.isoformat() if entry.stored_at else None,
            "policy_numbers": list(self.numbers.policy),
            "process_numbers_broker": list(self.numbers.process_broker),
            "files": [file.stored for file in self.files],
            "done": [{"person": each.person, "at": each.at.isoformat()} for each in self.done],
        }


@dataclass(frozen=True, slots=True)
class Inbox:
    """
    The worklist of one person, or of nobody: *items* in the order in which to read them, and how many *more* there are.
    """

    items: tuple[Item, ...]
    more: int
    since: datetime

    @property
    def urgent(self) -> int:
        """
        How many of the items are urgent.
        """
        return sum(item.urgent is not None for item in self.items)


@dataclass(frozen=True, slots=True)
class Shelf:
    """
    Where the worklist is taken from.
    """

    archive: Archive
    queries: Queries
    worklist: Worklist
    insurers: Mapping[str, Insurer | MisconfiguredInsurer]


def inbox(
    shelf: Shelf,
    *,
    since: datetime,
    person: str | None,
    insurers: Collection[str] = (),
    with_done: bool = False,
    limit: int,
) -> Inbox:
    """
    Return what was stored since then and *person* has not dealt with (None: what nobody has), the urgent first.

    *with_done* takes the rest, too.  Of at most *limit* shipments numbers and files are looked up.
    """
    entries = shelf.queries.documents(
        insurers=insurers or list(shelf.insurers), kinds=READ_BY_PEOPLE, since=since, limit=None
    )
    done = shelf.worklist.since(since)
    ranked = [
        (_urgency(shelf, entry), entry, words)
        for entry, words in _with_words(entries, done)
        if with_done or not _is_done(words, person)
    ]
    ranked.sort(key=lambda each: (_RANKS.get(each[0], len(_RANKS)) if each[0] else len(_RANKS), each[1].stored_at))
    shown = ranked[:limit]
    files = shelf.queries.files([entry for _, entry, _ in shown])
    items = (
        Item(entry, urgency, _numbers(shelf.archive, entry), tuple(files[entry.number]), words)
        for urgency, entry, words in shown
    )
    return Inbox(tuple(items), len(ranked) - len(shown), since)


def _with_words(
    entries: Sequence[Entry], done: Mapping[tuple[str, str], Sequence[Done]]
) -> Iterator[tuple[Entry, tuple[Done, ...]]]:
    for entry in entries:
        # What came once more with other contents is open again.
        words = (each for each in done.get((entry.insurer, entry.id), ()))
        yield entry, tuple(each for each in words if each.manifest_sha256 == entry.manifest_sha256)


def _is_done(words: Sequence[Done], person: str | None) -> bool:
    return bool(words) if person is None else any(each.person == person for each in words)


def _urgency(shelf: Shelf, entry: Entry) -> Urgency | None:
    if entry.state is ShipmentState.IMPORTED:
        return None  # it has no category because nobody gave it one, and whoever imported it knows what it is
    insurer = shelf.insurers.get(entry.insurer)
    if isinstance(insurer, Insurer):
        return insurer.urgency_of(entry.category, entry.kind)
    return urgency_of(entry.category, entry.kind, overrides={})


def _numbers(archive: Archive, entry: Entry) -> Numbers:
    assert entry.path is not None
    try:
        manifest, _ = archive.manifest(entry.path)
    except IntegrityError:
        return Numbers()  # `archive verify` says so; the shipment is to be read all the same
    return manifest.numbers

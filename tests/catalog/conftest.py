from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import PurePosixPath

import pytest

from bipro_sync.catalog import Catalogue, Entry, FileEntry, Ledger, Queries, StoredRows
from bipro_sync.model.kinds import Kind
from bipro_sync.model.shipment import ListedShipment
from bipro_sync.model.states import ShipmentState


NOW = datetime(2026, 3, 31, 23, 30, 15, 123456, tzinfo=UTC)

S = ShipmentState

WAYS = {
    S.LISTED: (),
    S.FETCHING: (S.FETCHING,),
    S.STORED: (S.FETCHING, S.STORED),
    S.ACK_INTENT: (S.FETCHING, S.STORED, S.ACK_INTENT),
    S.ACKNOWLEDGED: (S.FETCHING, S.STORED, S.ACK_INTENT, S.ACKNOWLEDGED),
    S.ACK_UNKNOWN: (S.FETCHING, S.STORED, S.ACK_INTENT, S.ACK_UNKNOWN),
    S.ACK_REFUSED: (S.FETCHING, S.STORED, S.ACK_INTENT, S.ACK_REFUSED),
    S.FAILED: (S.FETCHING, S.FAILED),
    S.HELD: (S.HELD,),
    S.LEFT: (S.LEFT,),
    S.QUARANTINED: (S.FETCHING, S.QUARANTINED),
    S.CONFLICT: (S.FETCHING, S.CONFLICT),
    S.VANISHED: (S.VANISHED,),
}
"""How a shipment gets into each state."""

STORING = {(S.FETCHING, S.STORED), (S.FETCHING, S.QUARANTINED)}
"""The moves that come with rows of what was stored."""


def listed(*ids, kind=Kind.MAIL, **facts):
    """What `note_listed` takes, for these ids."""
    return {
        each: (
            ListedShipment(
                **{
                    "id": each,
                    "category": "100007000",
                    "posted_at": NOW,
                    "available_until": date(2026, 6, 1),
                    "delivery_type": None,
                    "data_only": None,
                    "periodic": None,
                    "line": "050",
                    "transfer_count": None,
                    "fields": (),
                }
                | facts
            ),
            kind,
        )
        for each in ids
    }


def rows(*names, values=(), kind=Kind.MAIL, shown=True):
    """What the catalogue is told of a stored shipment with files of these names and other words of these values."""
    return StoredRows(
        shown=shown,
        listed_as="Kategorie=140000000",
        category="140000000",
        kind=kind,
        manifest_sha256="cd" * 32,
        files=[
            FileEntry(number, f"{number:02d}-File.pdf", name, "ab" * 32, 4711, "application/pdf", kind)
            for number, name in enumerate(names, start=1)
        ],
        words=[*filter(None, names), *values],
    )


def imported(shipment_id, insurer="muster"):
    """An entry for a shipment that was archived by hand."""
    unsaid = ("category", "line", "data_only", "posted_at", "available_until", "next_attempt_at", "acknowledged_at")
    return Entry(
        number=0,
        insurer=insurer,
        id=shipment_id,
        account=insurer,
        state=S.IMPORTED,
        kind=Kind.MAIL,
        first_listed_at=NOW,
        listed_as="",
        misses=0,
        attempts=0,
        path=PurePosixPath("p", shipment_id),
        manifest_sha256="cd" * 32,
        shown=True,
        stored_at=NOW,
        **dict.fromkeys((*unsaid, "reason")),
    )


def bring(ledger, entry, state, stored=None):
    """Moves a listed shipment on to *state*."""
    for old, new in pairwise((S.LISTED, *WAYS[state])):
        more = {"stored": stored or rows(), "path": PurePosixPath("p", entry.id)} if (old, new) in STORING else {}
        entry = ledger.move(entry, new, NOW, **more)
    return entry


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalog.db"


@pytest.fixture
def catalogue(path):
    opened = Catalogue.open(path, shipments_exist=False)
    yield opened
    opened.close()


@pytest.fixture
def ledger(catalogue):
    return Ledger(catalogue, run="run-1")


@pytest.fixture
def queries(catalogue):
    return Queries(catalogue)


@pytest.fixture
def shipment(ledger):
    """Lists a shipment and brings it into a state."""

    def _shipment(shipment_id="4711", state=S.LISTED, *, insurer="muster", stored=None, **facts):
        if state is S.IMPORTED:
            return ledger.note_imported(imported(shipment_id, insurer), stored or rows())
        ledger.note_listed(insurer, insurer, listed(shipment_id, **facts), NOW)
        return bring(ledger, ledger.entries(insurer, [shipment_id])[shipment_id], state, stored)

    return _shipment


@pytest.fixture
def practice():
    """The functions above and their material, for tests and for the processes that they start."""
    return globals()

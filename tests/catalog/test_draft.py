from datetime import UTC, date, datetime
from pathlib import PurePosixPath

import pytest

from bipro_sync.catalog import (
    LIST_FORGOTTEN,
    Catalogue,
    CatalogueDraft,
    Entry,
    HistoryEntry,
    InsurerSummary,
    Ledger,
    Queries,
    SetAside,
)
from bipro_sync.catalog import batches as batches_module
from bipro_sync.errors import StorageError
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import Failure, ShipmentState
from bipro_sync.model.told import Told, Word


NOW = datetime(2026, 3, 31, 23, 30, 15, 123456, tzinfo=UTC)

S = ShipmentState


def entry(number, state=S.ACKNOWLEDGED, **facts):
    usual = {
        **dict.fromkeys(("line", "next_attempt_at", "reason"), None),
        "number": number,
        "insurer": "muster",
        "id": f"A-{number}",
        "account": "muster",
        "state": state,
        "category": "100007000",
        "kind": Kind.MAIL,
        "data_only": False,
        "posted_at": NOW,
        "available_until": date(2026, 6, 1),
        "first_listed_at": NOW,
        "listed_as": "Kategorie=100007000",
        "misses": 0,
        "attempts": 2,
        "path": PurePosixPath("shipments", "muster", str(number)),
        "manifest_sha256": "cd" * 32,
        "shown": True,
        "stored_at": NOW,
        "acknowledged_at": NOW,
    }
    return Entry(**usual | facts)


def told(shipment, seq, word=Word.FETCH, insurer="muster"):
    return Told(insurer, "muster", shipment, seq, word, NOW, "run-1", Kind.MAIL, "a sentence")


@pytest.fixture
def opened(path):
    """Opens a draft that was finished, as a catalogue."""
    found = []

    def _opened():
        found.append(Catalogue.open(path, shipments_exist=True))
        return Queries(found[-1])

    yield _opened
    for each in found:
        each.close()


def test_what_was_entered_is_read_back_as_it_was(path, opened, practice):
    rows = practice["rows"]("Police.pdf", values=["LV-4711"])
    history = [HistoryEntry(NOW, "run-1", None, S.LISTED, None), HistoryEntry(NOW, "run-1", S.LISTED, S.STORED, "so")]
    entries = [entry(7), entry(4711, S.HELD, path=None, stored_at=None, listed_as=LIST_FORGOTTEN, category=None)]
    with CatalogueDraft(path) as draft:
        draft.enter(entries[0], rows, history)
        draft.enter(entries[1], None, [])
        draft.enter_insurers([InsurerSummary("zweite", NOW, NOW, "ok")])
        assert draft.path_of("muster", "A-7") == "shipments/muster/7"
        assert draft.path_of("muster", "A-8") is None
        assert draft.finish() == {"acknowledged": 1, "held": 1}

    queries = opened()
    assert queries.shipments() == entries[::-1]
    assert queries.files(entries) == {7: list(rows.files), 4711: []}
    assert queries.history(entries[0]) == history
    assert queries.documents(words="lv-47") == entries[:1]
    muster, zweite = queries.summaries()
    assert muster.states == {S.ACKNOWLEDGED: 1, S.HELD: 1}
    assert muster.deliveries == {Kind.MAIL: (NOW, 1)}
    assert (zweite.last_success_at, zweite.states) == (NOW, {})


def test_a_finished_draft_is_one_file_of_the_owners_with_the_tables_of_a_new_catalogue(path, opened, tmp_path):
    with CatalogueDraft(path) as draft:
        draft.staged.note(told("A", 1))
        draft.finish()
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.db"]
    assert path.stat().st_mode & 0o777 == 0o600
    fresh = Catalogue.open(tmp_path / "fresh.db", shipments_exist=False)
    tables = "SELECT name, sql FROM sqlite_master ORDER BY name"
    opened()
    both = []
    for catalogue in (fresh, Catalogue.open(path, shipments_exist=True)):
        with catalogue.read() as connection:
            both.append([tuple(row) for row in connection.execute(tables)])
        catalogue.close()
    assert both[0] == both[1]


def test_a_block_that_fails_leaves_nothing(path, tmp_path):
    def _fails():
        with CatalogueDraft(path) as draft:
            draft.enter(entry(1), None, [])
            raise KeyError

    with pytest.raises(KeyError):
        _fails()
    assert list(tmp_path.iterdir()) == []


def test_the_same_shipment_twice_is_told_in_plain_words(path):
    def _twice():
        with CatalogueDraft(path) as draft:
            draft.enter(entry(1), None, [])
            draft.enter(entry(1), None, [])

    with pytest.raises(StorageError):
        _twice()


def test_words_come_back_in_the_order_of_the_log_whatever_was_committed_meanwhile(path, monkeypatch):
    monkeypatch.setattr(batches_module, "_BATCH", 2)
    with CatalogueDraft(path) as draft:
        words = [told("A", seq, word) for seq, word in ((9, Word.SENT), (3, Word.FETCH), (5, Word.DECIDED))]
        for word in (*words, told("B", 4), told("A", 6, insurer="zweite")):
            draft.staged.note(word)
        assert draft.staged.told_of("muster", "A") == sorted(words, key=lambda each: each.seq)
        assert draft.staged.told_of("muster", "C") == []


def test_what_is_staged_and_not_entered_is_named_once(path):
    aside = SetAside(NOW, "quarantine/x", "ab" * 32, Failure.OTHER_ID, "it is another one")
    with CatalogueDraft(path) as draft:
        for number in range(1100):
            draft.staged.note(told(f"A-{number:04d}", 2 * number))
            draft.staged.note(told(f"A-{number:04d}", 2 * number + 1))
        for shipment in ("Q", "A-0003"):
            draft.staged.note_aside("muster", shipment, aside)
        draft.enter(entry(1, id="A-0001"), None, [])
        found = []
        for insurer, shipment in draft.staged.not_entered():
            found.append(shipment)
            if shipment in {"Q", "A-0003"}:
                assert draft.staged.set_aside_of(insurer, shipment) == [aside]
                draft.enter(entry(1000 + len(found), id=shipment), None, [])
        assert sorted(found) == [*(f"A-{number:04d}" for number in range(1100) if number != 1), "Q"]


def test_what_a_rebuilt_catalogue_has_forgotten_the_next_list_says_again(path, practice):
    with CatalogueDraft(path) as draft:
        for number, listed_as in enumerate((LIST_FORGOTTEN, "Kategorie=1"), start=1):
            draft.enter(entry(number, S.LEFT, path=None, category=None, listed_as=listed_as), None, [])
        draft.finish()
    catalogue = Catalogue.open(path, shipments_exist=True)
    ledger = Ledger(catalogue, run="run-2")
    ledger.note_listed("muster", "muster", practice["listed"]("A-1", "A-2", category="140000000"), NOW)
    known = ledger.entries("muster", ["A-1", "A-2"])
    catalogue.close()
    assert [known[each].category for each in ("A-1", "A-2")] == ["140000000", None]
    assert [known[each].state for each in ("A-1", "A-2")] == [S.LEFT, S.LEFT]
    assert known["A-1"].listed_as != LIST_FORGOTTEN

"""What stored PDF files say is found after the pull, and nothing of the pull depends on it."""

from datetime import UTC, datetime

import pytest

from bipro_sync.config import load
from bipro_sync.durable import FileLock
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import Verb
from bipro_sync.sync.document_texts import read_texts
from bipro_sync.sync.workplace import open_workplace
from bipro_sync.texts import is_installed

from .conftest import TestClock
from .dying_prunes import today
from .lost_catalogue import lose, rebuild


pytestmark = pytest.mark.skipif(not is_installed(), reason="the extra pdf is not installed")


@pytest.fixture
def reading(office):
    office.read_pdf = True
    return office


def letters(office, **documents):
    office.opens(*(office.shipment(name, file=f'document = "{each}.pdf"') for name, each in documents.items()))


def found(office, *words):
    code, entries = office.ask("documents", "search", *words)
    assert code == 0
    return [each["id"] for each in entries]


def test_a_pull_makes_documents_findable_by_what_they_say(reading):
    letters(reading, A="police", B="brief")
    reading.pull()
    assert found(reading, "Erfunden", "Öse") == ["A"]
    assert found(reading, "übergrößenträger") == ["B"]
    assert found(reading, "V-A", "Haftung") == ["A"], "a field and a text"
    assert found(reading, "Police.pdf") == ["B", "A"]


def test_what_is_not_to_be_read_is_read_by_nobody(office):
    letters(office, A="police")
    office.pull()
    assert found(office, "Haftung") == []
    assert not (office.archive / "texts.db").exists()


def test_only_what_is_new_is_read(reading):
    letters(reading, A="police")
    reading.pull()
    code, document = reading.ask("documents", "index")
    assert (code, document) == (0, {"shipments": 0, "files": {}, "exit_code": 0})
    letters(reading, A="police", B="brief")
    reading.read_pdf = False
    reading.write_config()
    reading.pull()
    assert reading.ask("documents", "index")[1] == {"shipments": 1, "files": {"read": 1}, "exit_code": 0}
    assert reading.ask("documents", "index", "--again")[1]["shipments"] == 2
    assert found(reading, "Haftung") == ["A"]


def test_a_dry_run_reads_nothing(reading):
    letters(reading, A="police")
    reading.pull("--dry-run")
    assert not (reading.archive / "texts.db").exists()


def test_a_file_that_cannot_be_read_is_stored_acknowledged_and_found_by_the_rest(reading):
    broken = 'text = "%PDF-1.7 half of it"'
    reading.opens(reading.shipment("A", file=broken), reading.shipment("B"))
    result = reading.pull()
    assert (result["outcome"], result["stored"], result["acknowledged"]) == ("ok", 2, 2)
    assert found(reading, "V-A") == ["A"]
    assert found(reading, "Haftung") == ["B"]


def test_an_index_that_is_damaged_or_lost_is_made_again_by_the_next_run(reading):
    letters(reading, A="police")
    reading.pull()
    index = reading.archive / "texts.db"
    for side in ("-wal", "-shm"):
        index.with_name(index.name + side).unlink(missing_ok=True)
    index.write_bytes(b"nothing " * 1000)
    code, document = reading.ask("documents", "search", "Haftung")
    assert (code, "documents index --again" in document["error"]["hint"]) == (14, True)
    assert reading.pull()["outcome"] == "ok"
    assert found(reading, "Haftung") == ["A"]


def test_a_catalogue_that_was_made_again_needs_no_document_read_again(reading):
    letters(reading, A="police", B="brief")
    reading.pull()
    lose(reading)
    assert rebuild(reading)
    assert found(reading, "Haftung") == ["A"]
    assert reading.ask("documents", "index")[1]["shipments"] == 0


def test_what_gave_way_to_a_tombstone_is_found_by_no_word_and_leaves_none_in_the_file(reading):
    letters(reading, A="police", B="brief")
    reading.pull_at(TestClock(datetime(2019, 12, 31, 12, tzinfo=UTC)))
    assert reading.ask("documents", "index")[1]["shipments"] == 2
    assert found(reading, "Haftung") == ["A"]
    plan = reading.ask("archive", "prune")[1]["plan"]
    code, document = reading.ask("archive", "prune", "--execute", plan, *today())
    assert (code, len(document["shipments"])) == (0, 2)
    assert found(reading, "Haftung") == []
    for path in reading.archive.glob("texts.db*"):
        assert b"haftung" not in path.read_bytes().lower()
    assert reading.ask("documents", "index", "--again")[1]["shipments"] == 0


def test_who_asks_it_to_stop_is_heard_between_two_shipments_and_nothing_is_missed(office):
    letters(office, A="police", B="brief")
    office.pull()
    asked = iter([None, "stop"])
    with open_workplace(load(office.config), SystemClock(), Verb.PULL, identity=office.identity) as place:
        done = read_texts(place.archive, place.queries, stop=lambda: next(asked))
        assert (done.shipments, done.whole) == (1, False)
        assert read_texts(place.archive, place.queries, seconds=0).shipments == 0
        done = read_texts(place.archive, place.queries)
        assert (done.shipments, done.whole) == (1, True)
    assert found(office, "Haftung") == ["A"]
    assert found(office, "übergrößenträger") == ["B"]


def test_two_processes_do_not_read_at_the_same_time(reading):
    letters(reading, A="police")
    reading.pull()
    with FileLock(reading.archive / "state" / "texts.lock"):
        assert reading.ask("documents", "index")[0] == 11
        assert reading.pull()["outcome"] == "ok"

import random

import pytest

from bipro_sync.catalog import HistoryPlace, ReadShipment, Texts, erase_texts, find_shipments
from bipro_sync.errors import StorageError
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import ShipmentState


DIGEST = "cd" * 32
MANY = " ".join(f"grün{number}" for number in range(1_000))


@pytest.fixture
def texts(tmp_path):
    with Texts.begun(tmp_path / "texts.db") as opened:
        yield opened


def read(shipment_id, *, insurer="muster", kind=Kind.MAIL, digest=DIGEST):
    return ReadShipment(insurer, shipment_id, kind, digest)


@pytest.fixture
def stored(shipment, practice):
    def _stored(shipment_id, *values, **facts):
        rows = practice["rows"](values=values, shown=facts.pop("shown", True))
        return shipment(shipment_id, ShipmentState.STORED, stored=rows, **facts)

    return _stored


def ids(found):
    return [entry.id for entry in found.entries]


def test_a_shipment_is_found_by_what_its_documents_say_and_by_names_and_text_together(stored, queries, texts):
    stored("A", "Müller")
    stored("B", "Meier")
    texts.enter(read("A"), "A\nMüller\nKündigung zum 1. Mai")
    texts.enter(read("B"), "B\nMeier\nNachtrag")
    assert ids(find_shipments(queries, texts, "kundig")) == ["A"]
    assert ids(find_shipments(queries, texts, "Müller Mai")) == ["A"]
    assert ids(find_shipments(queries, texts, "Meier Mai")) == []
    assert ids(find_shipments(queries, None, "Kündigung")) == []
    assert ids(find_shipments(queries, texts, "Müller")) == ["A"], "once, though both indexes know it"


def test_what_was_found_comes_newest_first_up_to_the_limit_and_says_whether_there_is_more(stored, queries, texts):
    for number in range(6):
        stored(f"{number}", "Wort" if number % 2 else "anderes")
        texts.enter(read(f"{number}"), f"{number} Wort")
    found = find_shipments(queries, texts, "Wort", limit=4)
    assert (ids(found), found.more) == (["5", "4", "3", "2"], True)
    assert not find_shipments(queries, texts, "Wort", limit=6).more
    assert not find_shipments(queries, texts, "Wort").more


def test_what_lies_there_under_another_manifest_or_may_not_be_shown_is_not_found_by_an_old_text(stored, queries, texts):
    stored("other")
    stored("unseen", shown=False)
    for name, digest in (("other", "ab" * 32), ("unseen", DIGEST), ("gone", DIGEST)):
        texts.enter(read(name, digest=digest), "Wort")
    assert ids(find_shipments(queries, texts, "Wort")) == []


def test_texts_are_narrowed_by_insurer_and_kind(stored, queries, texts):
    stored("A")
    stored("B", insurer="zweite", kind=Kind.CLAIMS)
    texts.enter(read("A"), "Wort")
    texts.enter(read("B", insurer="zweite", kind=Kind.CLAIMS), "Wort")
    assert ids(find_shipments(queries, texts, "Wort", insurers=["muster"])) == ["A"]
    assert ids(find_shipments(queries, texts, "Wort", kinds=[Kind.CLAIMS])) == ["B"]
    assert ids(find_shipments(queries, texts, "Wort", insurers=["muster"], kinds=[Kind.CLAIMS])) == []


def test_a_shipment_s_newer_text_takes_the_place_of_the_older(texts):
    texts.enter(read("A"), "alt")
    assert texts.has(read("A"))
    assert not texts.has(read("A", digest="ab" * 32))
    texts.enter(read("A", digest="ab" * 32), "neu")
    assert list(texts.find("alt")) == []
    assert [each.id for each in texts.find("neu")] == ["A"]


@pytest.mark.parametrize("words", ["", "  ", '"', "NEAR(a b)", "said:Wort", "Wort NOT anders", "a" * 10_000, MANY])
def test_no_words_are_a_command(texts, words):
    texts.enter(read("A"), "Wort")
    assert list(texts.find(words)) == []


def test_no_word_of_what_was_erased_is_left_in_the_file(texts):
    chance = random.Random(4711)
    for number in range(200):
        texts.enter(read(f"{number}"), " ".join(f"wort{chance.randrange(10_000)}" for _ in range(50)))
    texts.enter(read("A"), "Kanarienvogel " * 50)
    assert any(b"kanarien" in path.read_bytes() for path in texts.path.parent.glob("texts.db*"))
    erase_texts(texts.path, [("muster", "A"), ("muster", "nie gesehen")])
    assert list(texts.find("Kanarienvogel")) == []
    assert len(list(texts.find("wort"))) == 200
    for path in texts.path.parent.glob("texts.db*"):
        assert b"kanarien" not in path.read_bytes().lower(), path


def test_an_index_that_cannot_be_used_says_so_when_asked_is_made_anew_when_written_and_goes_when_erasing(tmp_path):
    path = tmp_path / "texts.db"
    assert Texts.existing(path) is None
    erase_texts(path, [("muster", "A")])
    assert not path.exists()
    for damage in (b"", b"no database " * 100):
        path.write_bytes(damage)
        with pytest.raises(StorageError, match=r"texts\.db") as refused:
            Texts.existing(path)
        assert "documents index --again" in refused.value.hint
        Texts.begun(path).close()
        with Texts.existing(path) as texts:
            assert texts.place() is None
    path.write_bytes(b"no database " * 100)
    erase_texts(path, [("muster", "A")])
    assert not path.exists()


def test_the_index_is_readable_by_its_owner_alone(texts):
    texts.enter(read("A"), "Wort")
    assert {path.stat().st_mode & 0o777 for path in texts.path.parent.glob("texts.db*")} == {0o600}


def test_the_history_is_followed_from_where_it_was_reached_and_another_history_is_known_as_such(
    shipment, stored, queries, texts
):
    stored("A")
    shipment("listed")
    place = queries.newest_place()
    texts.reach(place)
    assert texts.place() == place
    assert queries.has_place(place)
    assert not queries.has_place(HistoryPlace(place.step, place.number, "another run"))
    stored("B")
    after = queries.stored_after(place.step, media_type="application/pdf", limit=10)
    assert after == [], "they have no files"

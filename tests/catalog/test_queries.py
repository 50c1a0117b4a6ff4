from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bipro_sync.catalog import Ledger, Queries
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import STORED_BYTES, Failure, ShipmentState


S = ShipmentState


@pytest.fixture
def now(practice):
    return practice["NOW"]


@pytest.fixture
def ids():
    def _ids(entries):
        return [entry.id for entry in entries]

    return _ids


@pytest.fixture
def stored(shipment, practice):
    """Stores a shipment with files of these names and fields of these values."""

    def _stored(shipment_id, *names, values=(), state=S.STORED, insurer="muster", **said):
        return shipment(shipment_id, state, insurer=insurer, stored=practice["rows"](*names, values=values, **said))

    return _stored


def test_shipments_are_listed_newest_first_and_narrowed(shipment, queries, ids):
    shipment("1", S.STORED)
    shipment("2", kind=Kind.CLAIMS)
    shipment("3", S.FAILED, insurer="zweite")
    assert ids(queries.shipments()) == ["3", "2", "1"]
    assert ids(queries.shipments(limit=2)) == ["3", "2"]
    assert ids(queries.shipments(insurers=["muster"])) == ["2", "1"]
    assert ids(queries.shipments(states=[S.STORED, S.FAILED])) == ["3", "1"]
    assert ids(queries.shipments(kinds=[Kind.CLAIMS])) == ["2"]
    assert ids(queries.shipments(insurers=["zweite"], states=[S.STORED])) == []


def test_shipments_are_narrowed_by_the_time_of_their_first_listing(ledger, queries, practice, now, ids):
    for day in range(3):
        ledger.note_listed("muster", "muster", practice["listed"](str(day)), now + timedelta(day))
    assert ids(queries.shipments(since=now + timedelta(1))) == ["2", "1"]
    assert ids(queries.shipments(since=now + timedelta(1, microseconds=1))) == ["2"]


def test_a_shipment_is_found_by_its_whole_id_only(shipment, queries):
    shipment("4711")
    shipment("47112")
    shipment("4711", insurer="zweite")
    assert [(entry.insurer, entry.id) for entry in queries.find("4711")] == [("muster", "4711"), ("zweite", "4711")]
    assert [entry.insurer for entry in queries.find("4711", "zweite")] == ["zweite"]
    assert queries.find("471") == queries.find("4711", "dritte") == []


def test_documents_are_what_is_stored_and_may_be_shown(shipment, stored, queries, ids):
    for state in S:
        shipment(state.value, state)
    stored("unseen", "Fremd.pdf", state=S.QUARANTINED, shown=False)
    expected = {state.value for state in STORED_BYTES - {S.CONFLICT}}
    assert {entry.id for entry in queries.documents()} == expected
    assert len(queries.documents(limit=2)) == 2
    assert queries.documents(words="Fremd") == []
    assert ids(queries.documents(insurers=["zweite"])) == []
    assert queries.documents(kinds=[Kind.EVENT]) == []


def test_documents_come_newest_storage_first(ledger, queries, practice, now, ids):
    ledger.note_listed("muster", "muster", practice["listed"]("1", "2", "3"), now)
    for day, each in enumerate("213"):
        entry = ledger.entries("muster", [each])[each]
        entry = ledger.move(entry, S.FETCHING, now)
        ledger.move(entry, S.STORED, now + timedelta(day), stored=practice["rows"]())
    assert ids(queries.documents()) == ["3", "1", "2"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Müller", "ab"),
        ("müller", "ab"),
        ("MÜLLER", "ab"),
        ("Muller", "ab"),
        ("mu\u0308ller", "ab"),
        ("Mül", "ab"),
        ("üller", ""),
        ("Müllermeister", "b"),
        ("Police Müller", "a"),
        ("Müller Police", "a"),
        ("  pol\tmül ", "a"),
        ("Police Meier", ""),
        ("V-4711", "a"),
        ("V-471", "a"),
        ("4711", "a"),
        ("711", ""),
        ("Police.pdf", "a"),
        ("Erika & Max", "c"),
        ("- &", ""),
        ("C", "c"),
        ("Straße", "c"),
        ("ID-1", "a"),
        ('"Müller"', "ab"),
        ('"', ""),
        ('Müller"', "ab"),
        ("Müller OR Erika", ""),
        ("Müller NOT Police", ""),
        ("NOT", ""),
        ("Müller AND Police", ""),
        ("NEAR(Müller Police)", ""),
        ("said:Müller", ""),
        ("Müller*", "ab"),
        ("*", ""),
        ("^Müller", "ab"),
        ("(Müller", "ab"),
        ("{said} : Müller", ""),
        ("Mül%", "ab"),
        ("'; DROP TABLE words; --", ""),
        ("", "abc"),
        ("   ", "abc"),
    ],
)
def test_words_are_compared_without_case_and_accents_from_their_beginning_and_are_never_commands(
    stored, queries, ids, words, found
):
    stored("ID-1-a", "Police.pdf", values=["Müller", "V-4711"])
    stored("ID-2-b", "Brief.pdf", values=["Müllermeister"])
    stored("ID-3-c", None, values=["Erika & Max Muster", "Lange Straße 1"])
    assert {each[-1] for each in ids(queries.documents(words=words))} == set(found)


# One catalogue serves all examples: each only reads it.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
@example(words='"')
@example(words='" OR "')
@example(words="a" * 100_000)
@example(words="a " * 500)
def test_no_words_are_an_error(queries, words):
    assert queries.documents(words=words) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(word=st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=1, max_size=12))
@example(word="İstanbul")
@example(word="ǅ")
def test_a_word_is_found_by_itself_and_by_each_of_its_beginnings(catalogue, practice, word):
    with catalogue.write() as connection:
        for table in ("shipments", "history", "counts", "deliveries", "files", "words"):
            connection.execute(f"DELETE FROM {table}")
    ledger = Ledger(catalogue, run="run")
    ledger.note_listed("muster", "muster", practice["listed"]("id"), practice["NOW"])
    practice["bring"](ledger, ledger.entries("muster", ["id"])["id"], S.STORED, practice["rows"](values=[word]))
    for end in range(1, len(word) + 1):
        assert [entry.id for entry in Queries(catalogue).documents(words=word[:end])] == ["id"]


@pytest.mark.parametrize("name", ["a\0b.pdf", "../" * 90, "Rechnung\u202efdp.exe", "x" * 300, "", None])
def test_an_odd_name_of_a_file_is_kept_as_data(stored, queries, name):
    entry = stored("4711", name, values=["\0", "\u2028\ufeff"])
    assert [file.name for file in queries.files([entry])[entry.number]] == [name]
    assert [each.id for each in queries.documents(words="4711")] == ["4711"]


def test_files_are_told_apart_by_shipment_and_come_in_their_order(stored, shipment, queries):
    first = stored("1", *[f"{number}.pdf" for number in range(12)])
    second = stored("2", "Zwei.pdf")
    third = shipment("3")
    found = queries.files([third, second, first])
    assert [file.name for file in found[first.number]] == [f"{number}.pdf" for number in range(12)]
    assert [file.name for file in found[second.number]] == ["Zwei.pdf"]
    assert found[third.number] == []


def test_failures_are_counted_by_their_cause(shipment, ledger, queries, now):
    entry, other = shipment("1"), shipment("2")
    for reason in ("wrong-count: 1 of 2", "wrong-checksum: other", "wrong-count: 0 of 2", "wrong-counting: no", None):
        entry = ledger.move(entry, S.FETCHING, now, reason="wrong-count: not a failure")
        entry = ledger.move(entry, S.FAILED, now, reason=reason)
    assert queries.failures(entry, Failure.WRONG_COUNT) == 2
    assert queries.failures(entry, Failure.WRONG_CHECKSUM) == 1
    assert queries.failures(entry, Failure.TRANSPORT) == queries.failures(other, Failure.WRONG_COUNT) == 0


def test_the_last_storage_is_told_by_kind_and_category(ledger, queries, practice, now):
    for day, (each, kind) in enumerate((("1", Kind.MAIL), ("2", Kind.CLAIMS), ("3", Kind.MAIL))):
        ledger.note_listed("muster", "muster", practice["listed"](each), now)
        entry = ledger.move(ledger.entries("muster", [each])[each], S.FETCHING, now)
        if each != "3":
            ledger.move(entry, S.STORED, now + timedelta(day), stored=practice["rows"](kind=kind))
    assert queries.last_stored("muster", kind=None, prefix="") == now + timedelta(1)
    assert queries.last_stored("muster", kind=Kind.MAIL, prefix="") == now
    assert queries.last_stored("muster", kind=None, prefix="14") == now + timedelta(1)
    assert queries.last_stored("muster", kind=Kind.MAIL, prefix="1_0") is None
    assert queries.last_stored("zweite", kind=None, prefix="") is None


def test_summaries_name_each_insurer_ever_tried_with_states_and_deliveries(stored, shipment, ledger, queries, now):
    assert queries.summaries() == []
    stored("1")
    stored("2", kind=Kind.CLAIMS)
    shipment("3", S.FAILED)
    stored("4")
    for insurer in ("zweite", "muster"):
        ledger.note_run(insurer, now, outcome="ok", error=None, listed=3, success=True)
    first, second = queries.summaries()
    assert (first.insurer, second.insurer) == ("muster", "zweite")
    assert first.states == {S.STORED: 3, S.FAILED: 1}
    assert first.deliveries == {Kind.MAIL: (now, 2), Kind.CLAIMS: (now, 1)}
    assert (first.last_delivery_at, second.last_delivery_at) == (now, None)
    assert (second.states, second.deliveries) == ({}, {})


def test_manifests_are_told_by_the_path_they_lie_at(stored, shipment, queries):
    stored("1")
    stored("2", state=S.QUARANTINED)
    shipment("3", S.FETCHING)
    assert queries.manifests() == {"p/1": "cd" * 32, "p/2": "cd" * 32}

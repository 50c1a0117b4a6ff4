import threading
from datetime import date, timedelta
from itertools import product
from pathlib import PurePosixPath

import pytest

from bipro_sync.catalog import Ledger, Queries
from bipro_sync.errors import BiproSyncError
from bipro_sync.model.kinds import Kind
from bipro_sync.model.states import OPEN, TO_FETCH, TRANSITIONS, ShipmentState


S = ShipmentState


@pytest.fixture
def now(practice):
    return practice["NOW"]


@pytest.fixture
def note(ledger, practice, now):
    """Notes a complete list of these ids."""

    def _note(*ids, insurer="muster", **facts):
        ledger.note_listed(insurer, insurer, practice["listed"](*ids, **facts), now)

    return _note


@pytest.fixture
def everything(catalogue):
    """Every row of every table."""

    def _everything():
        with catalogue.read() as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            assert {"shipments", "history", "files", "counts", "deliveries", "insurers", "words_docsize"} <= {*tables}
            return {
                table: [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")]
                for table in tables
                if table != "words"
            }

    return _everything


def test_a_shipment_is_entered_as_it_was_listed(note, ledger, now):
    note("4711", kind=Kind.CLAIMS, data_only=False)
    entry = ledger.entries("muster", ["4711"])["4711"]
    assert (entry.insurer, entry.account, entry.id, entry.state) == ("muster", "muster", "4711", S.LISTED)
    assert (entry.category, entry.kind, entry.line, entry.data_only) == ("100007000", Kind.CLAIMS, "050", False)
    assert (entry.posted_at, entry.available_until, entry.first_listed_at) == (now, date(2026, 6, 1), now)
    assert (entry.misses, entry.attempts, entry.next_attempt_at, entry.path) == (0, 0, None, None)
    assert (entry.stored_at, entry.acknowledged_at, entry.manifest_sha256, entry.reason) == (None, None, None, None)


def test_what_an_insurer_left_out_stays_unknown(note, ledger):
    note("4711", category=None, posted_at=None, available_until=None, line=None)
    entry = ledger.entries("muster", ["4711"])["4711"]
    assert (entry.category, entry.posted_at, entry.available_until, entry.line, entry.data_only) == (None,) * 5


def test_listing_a_known_shipment_again_changes_nothing(note, everything, shipment):
    for number, state in enumerate(S):
        shipment(str(number), state)
    before = everything()
    note(*map(str, range(len(S))), category="140000000", kind=Kind.EVENT)
    assert everything() == before


def test_two_insurers_may_use_the_same_id(note, ledger):
    note("4711")
    note("4711", insurer="zweite")
    first, second = (ledger.entries(insurer, ["4711"])["4711"] for insurer in ("muster", "zweite"))
    assert first.number != second.number
    assert (first.insurer, second.insurer) == ("muster", "zweite")


def test_thousands_of_shipments_are_listed_at_once(note, ledger):
    ids = [str(number) for number in range(1100)]
    note(*ids)
    assert set(ledger.entries("muster", [*ids, "never listed"])) == set(ids)
    assert len(ledger.open_entries("muster")) == 1100


@pytest.mark.parametrize(
    "shipment_id", ["", "x'; DROP TABLE shipments; --", "a\0b", "%", "_", "Ü\u202e", "y" * 3000, "4711 "]
)
def test_an_id_is_only_data(note, ledger, queries, shipment_id):
    note(shipment_id, "4711")
    assert list(ledger.entries("muster", [shipment_id])) == [shipment_id]
    assert [entry.id for entry in queries.find(shipment_id)] == [shipment_id]


@pytest.mark.parametrize(("old", "new"), [pair for pair in product(S, S) if pair[1] in TRANSITIONS[pair[0]]])
def test_every_move_of_the_table_is_made_and_remembered(shipment, ledger, queries, old, new):
    before = shipment(state=old)
    then = before.first_listed_at + timedelta(hours=1)
    after = ledger.move(before, new, then, reason="because")
    assert (after.state, after.reason, after.number) == (new, "because", before.number)
    assert ledger.entries("muster", ["4711"])["4711"] == after
    last = queries.history(after)[-1]
    assert (last.old, last.new, last.reason, last.run) == (old, new, "because", "run-1")
    assert last.at == then


def test_no_other_move_is_made(shipment, ledger, everything, now):
    refused = [pair for pair in product(S, S) if pair[1] not in TRANSITIONS[pair[0]]]
    entries = {state: shipment(state.value, state) for state in S}
    before = everything()
    for old, new in refused:
        with pytest.raises(BiproSyncError, match=f"cannot go from {old} to {new}"):
            ledger.move(entries[old], new, now)
    assert everything() == before


def test_of_two_who_move_the_same_shipment_the_second_loses_and_changes_nothing(
    catalogue, shipment, ledger, everything, practice
):
    now = practice["NOW"]
    entry = shipment(state=S.FETCHING)
    ledger.move(entry, S.FAILED, now, reason="first")
    before = everything()
    other = Ledger(catalogue, run="run-2")
    for new, more in ((S.LISTED, {}), (S.FAILED, {}), (S.STORED, {"stored": practice["rows"]("Police.pdf")})):
        with pytest.raises(BiproSyncError, match="is no longer fetching"):
            other.move(entry, new, now, reason="second", path=PurePosixPath("p"), attempts=7, **more)
    assert everything() == before


def test_of_many_at_once_one_wins(catalogue, shipment, queries, now):
    entry = shipment()
    outcomes = []

    def _move(number):
        try:
            Ledger(catalogue, run=f"run-{number}").move(entry, S.FETCHING, now)
            outcomes.append("won")
        except BiproSyncError:
            outcomes.append("lost")

    threads = [threading.Thread(target=_move, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]
    assert [step.new for step in queries.history(entry)] == [S.LISTED, S.FETCHING]


def test_a_move_keeps_what_it_does_not_name(shipment, ledger, now):
    entry = shipment()
    until = now + timedelta(minutes=5)
    entry = ledger.move(entry, S.FETCHING, now, path=PurePosixPath("shipments/a"))
    entry = ledger.move(entry, S.FAILED, now, reason="framing: cut", attempts=3, next_attempt_at=until)
    assert (entry.path, entry.attempts, entry.next_attempt_at) == (PurePosixPath("shipments/a"), 3, until)
    entry = ledger.move(entry, S.FETCHING, now)
    assert (entry.path, entry.attempts) == (PurePosixPath("shipments/a"), 3)
    assert (entry.next_attempt_at, entry.reason) == (None, None), "both belong to the state that was left"


def test_an_acknowledgement_has_a_time(shipment, ledger, now):
    entry = shipment(state=S.ACK_INTENT)
    assert entry.acknowledged_at is None
    assert ledger.move(entry, S.ACKNOWLEDGED, now + timedelta(1)).acknowledged_at == now + timedelta(1)


def test_what_is_stored_is_described_by_the_delivery(shipment, ledger, queries, practice, now):
    entry = shipment(state=S.FETCHING)
    said = practice["rows"]("../Police.pdf", None, values=["V-1", "Müller"], kind=Kind.CLAIMS)
    entry = ledger.move(entry, S.STORED, now, path=PurePosixPath("shipments/x"), stored=said)
    assert (entry.category, entry.kind, entry.manifest_sha256) == ("140000000", Kind.CLAIMS, "cd" * 32)
    assert (entry.stored_at, entry.path, entry.shown) == (now, PurePosixPath("shipments/x"), True)
    assert queries.files([entry]) == {entry.number: said.files}
    assert [each.id for each in queries.documents(words="Müller")] == [entry.id]
    assert entry.listed_as == "Kategorie=140000000"


def test_what_is_stored_a_second_time_takes_the_place_of_the_first(shipment, ledger, queries, practice, now):
    entry = shipment(
        state=S.QUARANTINED, stored=practice["rows"]("Alt.pdf", "Zwei.pdf", values=["eins", "zwei"], shown=False)
    )
    assert not entry.shown
    for state in (S.LISTED, S.FETCHING):
        entry = ledger.move(entry, state, now)
    entry = ledger.move(entry, S.STORED, now, stored=practice["rows"]("Neu.pdf", values=["drei"]))
    assert entry.shown
    assert [file.name for file in queries.files([entry])[entry.number]] == ["Neu.pdf"]
    assert [bool(queries.documents(words=word)) for word in ("Alt", "eins", "zwei", "Neu", "drei")] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_what_was_quarantined_and_is_listed_again_is_as_if_it_had_never_come(shipment, ledger, queries, practice, now):
    entry = shipment(state=S.QUARANTINED, stored=practice["rows"]("Alt.pdf", values=["eins"], shown=False))
    assert (entry.path, entry.stored_at) == (PurePosixPath("p/4711"), now)
    entry = ledger.move(entry, S.LISTED, now, reason="once more")
    assert (entry.path, entry.manifest_sha256, entry.stored_at, entry.shown) == (None, None, None, True)
    assert queries.files([entry]) == {entry.number: []}
    assert (queries.documents(), queries.manifests(), queries.paths()) == ([], {}, set())
    with ledger._catalogue.read() as connection:
        assert connection.execute("SELECT count(*) FROM words_docsize").fetchone()[0] == 0


def test_what_is_no_longer_known_to_be_the_same_is_listed_as_nothing(shipment, ledger):
    entry = shipment(state=S.CONFLICT)
    ledger.note_listed_as(entry, None)
    assert ledger.entries("muster", ["4711"])["4711"].listed_as == ""


def test_after_its_last_day_one_complete_list_without_it_is_enough(note, ledger, shipment):
    note("1", "2", "3", available_until=date(2026, 3, 31))
    note("4", available_until=None)
    assert ledger.note_missing("muster", {"2"}, today=date(2026, 3, 31)) == []
    note("1", "3", "4")
    gone = ledger.note_missing("muster", {"2"}, today=date(2026, 4, 1))
    assert [entry.id for entry in gone] == ["1", "3"]
    assert all(entry.is_over(date(2026, 4, 1)) for entry in gone)


def test_a_shipment_is_gone_when_a_second_complete_list_lacks_it(note, ledger, now):
    note("1", "2")
    assert ledger.note_missing("muster", {"2"}) == []
    for _ in range(2):
        [gone] = ledger.note_missing("muster", {"2"})
        assert (gone.id, gone.state) == ("1", S.LISTED), "whoever asks is to say so first, and to move it then"
    ledger.move(gone, S.VANISHED, now)
    assert ledger.note_missing("muster", {"2"}) == []
    assert ledger.entries("muster", ["2"])["2"].misses == 0


def test_a_shipment_that_reappears_was_never_missed(note, ledger):
    note("1")
    for _ in range(3):
        assert ledger.note_missing("muster", set()) == []
        assert ledger.entries("muster", ["1"])["1"].misses == 1
        note("1")
        assert ledger.entries("muster", ["1"])["1"].misses == 0


def test_only_what_still_lies_at_this_insurer_alone_can_be_missed(shipment, ledger):
    for state in S:
        shipment(state.value, state)
    shipment("elsewhere", insurer="zweite")
    ledger.note_missing("muster", set())
    gone = ledger.note_missing("muster", set())
    assert {entry.id for entry in gone} == {state.value for state in TO_FETCH | {S.HELD}}
    assert ledger.entries("zweite", ["elsewhere"])["elsewhere"].misses == 0


def test_what_is_held_and_stored_cannot_be_missed(shipment, ledger, now):
    ledger.move(shipment(state=S.STORED), S.HELD, now)
    for _ in range(2):
        assert ledger.note_missing("muster", set(), today=date.max) == []


def test_open_shipments_are_those_that_a_run_or_recovery_must_look_at(shipment, ledger):
    for state in S:
        shipment(state.value, state)
    shipment("elsewhere", insurer="zweite")
    assert {entry.state for entry in ledger.open_entries("muster")} == OPEN
    assert [entry.id for entry in ledger.open_entries("zweite")] == ["elsewhere"]


@pytest.mark.parametrize(
    ("look", "state", "plan"),
    [
        (
            lambda ledger, _: ledger.open_entries("muster"),
            S.LISTED,
            "SEARCH shipments USING INDEX open_shipments (insurer=?)",
        ),
        (
            lambda ledger, _: ledger.note_missing("muster", {"open"}),
            S.LISTED,
            "SEARCH shipments USING INDEX waiting_shipments (insurer=?)",
        ),
        (
            lambda _, queries: queries.ending(["muster", "zweite"], date.max),
            S.HELD,
            "SEARCH shipments USING INDEX waiting_shipments (insurer=? AND available_until<?)",
        ),
        (
            lambda _, queries: queries.vanished("muster", "because"),
            S.VANISHED,
            "SEARCH shipments USING INDEX vanished_shipments (insurer=?)",
        ),
        (
            lambda _, queries: queries.quarantined_since(),
            S.QUARANTINED,
            "SCAN shipments USING COVERING INDEX quarantined_shipments",
        ),
    ],
)
def test_looking_for_few_shipments_reads_an_index_of_those_only(
    catalogue, shipment, ledger, note, *, look, state, plan
):
    note(*(str(number) for number in range(300)))
    with catalogue.write() as connection:
        connection.execute("UPDATE shipments SET state = 'acknowledged'")
    shipment("open", state)
    asked = []
    with catalogue.read() as connection:
        connection.set_trace_callback(asked.append)
    look(ledger, Queries(catalogue))
    with catalogue.read() as connection:
        connection.set_trace_callback(None)
        [statement] = [each for each in asked if each.startswith("SELECT")]
        found = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        indices = connection.execute("PRAGMA index_list(shipments)").fetchall()
    assert {row["name"] for row in indices if row["partial"]} == {
        "open_shipments",
        "waiting_shipments",
        "vanished_shipments",
        "quarantined_shipments",
    }
    assert found[0]["detail"] == plan


def test_attempt_and_success_of_a_run_stand_apart(ledger, queries, now):
    later = now + timedelta(hours=1)
    ledger.note_run("muster", now, outcome="ok", error=None, listed=3, success=True)
    ledger.note_run("muster", later, outcome="unreachable", error="No connection.", listed=None, success=False)
    [summary] = queries.summaries()
    assert (summary.last_attempt_at, summary.last_success_at, summary.listed) == (later, now, 3)
    assert (summary.last_outcome, summary.last_error) == ("unreachable", "No connection.")
    ledger.note_run("muster", later, outcome="ok", error=None, listed=0, success=True)
    [summary] = queries.summaries()
    assert (summary.last_success_at, summary.listed, summary.last_error) == (later, 0, None)

import shutil
import signal

import pytest

from bipro_sync.archive import Layout
from bipro_sync.sync.breaker import breaker_state

from .lost_catalogue import decide, found, kept, lose, rebuild, shipments, status


@pytest.fixture
def varied(office):
    """An archive with something of nearly everything: what is left, failed, refused, doubtful, foreign."""
    office.opens(
        *map(office.shipment, "ABCDEF"),
        office.shipment("G", category="999010010"),
        office.shipment("H", fields=', Versicherungsscheinnummer = "LV-4711"'),
        office.fault("getShipment", "other-id", shipment="B"),
        office.fault("getShipment", "html", shipment="C"),
        office.fault("acknowledgeShipment", "close", shipment="D", times=1),
        office.fault("acknowledgeShipment", "nok", shipment="E", code="04004"),
        deliveries={"gdv-portfolio": "leave"},
    )
    office.pull()
    return office


STATES = {
    "A": "acknowledged",
    "B": "quarantined",
    "C": "failed",
    "D": "ack_unknown",
    "E": "ack_refused",
    "F": "acknowledged",
    "G": "left",
    "H": "acknowledged",
}


def test_a_lost_catalogue_is_made_again_as_it_was(varied):
    assert varied.states() == STATES
    assert {action for _, _, action in varied.fired()} == {"other-id", "html", "close", "nok"}
    before, told, stored = shipments(varied), status(varied), varied.stored()
    lose(varied)
    assert "archive rebuild" in varied.ask("shipments", "list")[1]["error"]["hint"]

    rebuilt = rebuild(varied)

    assert (rebuilt["shipments"], rebuilt["findings"], rebuilt["kept"]) == (8, [], None)
    assert rebuilt["states"] == status(varied)["states"]
    after = shipments(varied)
    # Of what is not stored only the list tells category and dates.
    assert {each: after[each] for each in "ABDEFH"} == {each: before[each] for each in "ABDEFH"}
    assert varied.states() == STATES
    assert status(varied) == told
    assert varied.stored() == stored
    assert found(varied, "LV-4711") == found(varied, "lv-47") == {"H"}
    assert found(varied, "Police") == {"A", "D", "E", "F", "H"}
    assert varied.ask("archive", "verify")[0] == 0
    assert varied.ask("audit", "verify")[0] == 0
    (record,) = varied.records("restore")
    assert (record["count"], record["outcome"]) == (8, "ok")


def test_after_a_rebuild_a_pull_does_only_what_is_owed(varied):
    lose(varied)
    rebuild(varied)
    fetched, stored = len(varied.calls("getShipment")), varied.stored()

    pulled = varied.pull()

    assert varied.states() == STATES | {"D": "acknowledged"}
    again = varied.calls("getShipment")[fetched:]
    assert [call["shipment"] for call in again] == ["C"], "what had failed is tried again"
    assert [call["shipment"] for call in varied.calls("acknowledgeShipment")][-1:] == ["D"]
    assert pulled["acknowledged"] == 1
    assert varied.stored() == stored
    shown = shipments(varied)
    assert [shown[each]["category"] for each in "CG"] == ["100007000", "999010010"], "the list has said it again"
    assert varied.pull()["acknowledged"] == 0


def test_a_rebuilt_catalogue_is_rebuilt_to_the_same_and_the_old_one_is_kept_each_time(varied):
    lose(varied)
    rebuild(varied)
    before = shipments(varied), status(varied)
    first = (varied.archive / "catalog.db").read_bytes()
    names = [rebuild(varied)["kept"] for _ in range(2)]
    assert (shipments(varied), status(varied)) == before
    assert kept(varied) == names
    assert (varied.archive / names[0]).read_bytes() == first


def test_a_catalogue_older_than_the_archive_learns_what_it_lacks(office):
    office.opens(*map(office.shipment, "AB"))
    office.pull("--limit", "1")
    backup = (office.archive / "catalog.db").read_bytes()
    office.pull()
    lose(office, backup)
    assert office.ask("archive", "verify")[0] == 15

    assert rebuild(office)["kept"] == kept(office)[0]

    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert office.ask("archive", "verify")[0] == 0


ANSWERS = [
    ("close", {}, "ack_unknown"),
    ("lose-answer", {}, "ack_unknown"),
    ("html", {}, "ack_unknown"),
    ("status", {"status": 503}, "ack_unknown"),
    ("status", {"status": 429}, "stored"),
    ("nok", {"code": "04003"}, "ack_unknown"),
    ("nok", {"code": "04004"}, "ack_refused"),
    ("nok", {"code": "00940"}, "ack_unknown"),
    ("fault", {"codes": ["04004"]}, "ack_refused"),
    ("fault", {"codes": ["04003"]}, "ack_unknown"),
    ("fault", {"codes": ["00932"]}, "ack_unknown"),
    ("fault", {"codes": ["00961"]}, "stored"),
    ("fault", {"codes": []}, "ack_unknown"),
]


@pytest.mark.parametrize(("action", "arguments", "state"), ANSWERS, ids=str)
def test_each_answer_to_an_acknowledgement_means_the_same_when_it_is_read_from_the_log(
    office, action, arguments, state
):
    office.opens(office.shipment("A"), office.fault("acknowledgeShipment", action, **arguments))
    office.pull()
    assert action in {what for _, _, what in office.fired()}
    assert office.states() == {"A": state}
    steps = office.history("A")
    lose(office)
    rebuild(office)
    assert office.states() == {"A": state}
    assert office.history("A") == steps


def test_a_session_that_ended_before_the_acknowledgement_leaves_what_was_stored(office):
    office.opens(
        office.shipment("A"),
        office.fault("acknowledgeShipment", "forget-tokens"),
        office.fault("login", "fault", nth=2, codes=["00960", "00961"]),
    )
    assert office.pull()["exit_code"] == 12
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "stored"}


def test_an_acknowledgement_that_only_a_list_had_proved_is_settled_by_the_next_list_again(office):
    office.opens(*map(office.shipment, "AB"), office.fault("acknowledgeShipment", "lose-answer", shipment="A", times=1))
    office.pull()
    office.pull()
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "ack_unknown", "B": "acknowledged"}
    office.pull()
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert [call["shipment"] for call in office.calls("acknowledgeShipment")] == ["A", "B"]


def test_an_acknowledgement_that_never_arrived_is_made_again_after_reading_back(office):
    office.opens(office.shipment("A"), office.fault("acknowledgeShipment", "close", times=1))
    office.pull()
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "ack_unknown"}
    assert office.pull()["acknowledged"] == 1
    assert len(office.calls("getShipment")) == 1
    assert office.history("A")[-4:] == ["ack_intent", "ack_unknown", "ack_intent", "acknowledged"]


@pytest.mark.parametrize("operation", ["listShipments", "getShipment", "acknowledgeShipment"])
def test_the_catalogue_of_a_killed_run_is_made_again_and_the_next_pull_completes(office, operation):
    office.opens(*map(office.shipment, "AB"), office.fault(operation, "stall", seconds=2, times=1))
    child = office.start("pull")
    office.under_way(operation)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert [(each[0], each[2]) for each in office.until(office.fired)] == [(operation, "stall")]
    lose(office, b"torn by the same power failure, say" * 99)

    rebuild(office)

    known = {"listShipments": {}, "getShipment": {"A": "listed"}, "acknowledgeShipment": {"A": "ack_unknown"}}
    assert office.states() == known[operation]
    pulled = office.pull()
    assert (pulled["exit_code"], office.states()) == (0, {"A": "acknowledged", "B": "acknowledged"})
    assert len([path for path in office.stored() if path.endswith("manifest.json")]) == 2
    assert office.ask("archive", "verify")[0] == 0


def test_a_conflict_is_one_again_and_knows_where_the_other_delivery_is_kept(office):
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull()
    office.opens(
        office.shipment("A").replace("2026-03-01", "2026-04-01"),
        office.fault("getShipment", "other-bytes"),
        acknowledge="auto",
    )
    assert office.pull()["exit_code"] == 3
    before, reason = shipments(office), office.ask("shipments", "show", "A")[1]["reason"]
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "conflict"}
    assert shipments(office) == before
    assert office.ask("shipments", "show", "A")[1]["reason"] == reason
    office.pull()
    assert office.states() == {"A": "conflict"}
    assert office.calls("acknowledgeShipment") == []


def test_what_is_stored_and_never_was_acknowledged_stays_so(office):
    office.opens(*map(office.shipment, "AB"), acknowledge="manual")
    office.pull()
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "stored", "B": "stored"}
    office.pull()
    assert office.calls("acknowledgeShipment") == []


def test_the_newest_decision_of_an_operator_counts_whether_anything_is_stored_or_not(office):
    office.opens(*map(office.shipment, "ABCD"), office.fault("getShipment", "html", shipment="D"), acknowledge=None)
    office.pull()
    for verb, shipment in (("hold", "A"), ("hold", "B"), ("release", "B"), ("hold", "D"), ("hold", "E")):
        decide(office, verb, shipment)
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "held", "B": "stored", "C": "stored", "D": "held", "E": "held"}
    assert office.ask("shipments", "show", "A")[1]["reason"] == "hold by an operator: as agreed on the telephone"
    fetched = len(office.calls("getShipment"))
    office.configure(acknowledge="auto")
    office.pull()
    assert [call["shipment"] for call in office.calls("acknowledgeShipment")] == ["B", "C"]
    assert len(office.calls("getShipment")) == fetched


def test_what_an_operator_wants_tried_again_is(office):
    office.opens(
        *map(office.shipment, "ABC"),
        office.fault("getShipment", "other-id", shipment="A", times=1),
        office.fault("acknowledgeShipment", "nok", shipment="C", code="04004", times=1),
    )
    office.pull("--shipment", "A", "--shipment", "C")
    assert office.states() == {"A": "quarantined", "B": "listed", "C": "ack_refused"}
    for shipment in "AC":
        decide(office, "retry", shipment)
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "listed", "C": "stored"}
    shown = shipments(office)["A"]
    assert (shown["path"], shown["stored_at"], shown["files"], shown["category"]) == (None, False, [], "100007000")
    assert office.pull()["exit_code"] == 0
    assert set(office.states().values()) == {"acknowledged"}
    lose(office)
    rebuild(office)
    assert set(office.states().values()) == {"acknowledged"}
    assert office.ask("archive", "verify")[0] == 0


def test_a_conflict_that_an_operator_has_ended_is_compared_before_anything_is_acknowledged(office):
    office.opens(office.shipment("A"))
    office.pull()
    office.insurers["muster"].stop()
    (office.root / "insurer-muster" / "calls.jsonl").unlink()
    office.opens(office.shipment("A", file='document = "rechnung.pdf"'))
    office.pull()
    assert office.states() == {"A": "conflict"}
    decide(office, "retry", "A")
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "stored"}
    office.pull()
    assert office.states() == {"A": "conflict"}, "though it is listed as the first one was"
    assert office.calls("acknowledgeShipment") == []


def test_what_was_left_by_a_rule_is_not_fetched_though_its_category_was_lost_with_the_catalogue(office):
    office.opens(*map(office.shipment, "AB"), deliveries={"mail": "leave"})
    office.pull()
    lose(office)
    rebuild(office)
    assert office.states() == {"A": "left", "B": "left"}
    for _ in range(2):
        office.pull()
    assert office.states() == {"A": "left", "B": "left"}
    assert office.calls("getShipment") == []


def test_what_vanished_stays_vanished_and_what_had_failed_still_can(office):
    office.opens(*map(office.shipment, "ABC"), office.fault("getShipment", "html"))
    office.pull()
    office.opens(*map(office.shipment, "BC"), office.fault("getShipment", "html"))
    office.pull()
    assert office.pull()["exit_code"] == 3
    assert office.states()["A"] == "vanished"
    lose(office)

    rebuild(office)

    assert office.states() == {"A": "vanished", "B": "failed", "C": "failed"}
    office.opens(office.shipment("C"))
    office.pull()
    assert office.pull()["exit_code"] == 3, "nothing passes unseen because the catalogue was lost"
    assert office.states() == {"A": "vanished", "B": "vanished", "C": "acknowledged"}


def test_breakers_are_what_they_were_though_catalogue_and_state_are_lost(office):
    office.opens(office.shipment("A"))
    office.pull()
    for password in ("falsch", "auch falsch"):
        office.password(password)
        office.pull()
    lose(office)
    shutil.rmtree(office.archive / "state")

    rebuild(office)

    assert breaker_state(Layout(office.archive), "muster").strikes == 2
    before = len(office.calls())
    office.password("wort & <schatz>")
    assert office.pull()["error"]["code"] == "breaker-open"
    assert len(office.calls()) == before
    office.run("insurers", "unblock", "muster", "--reason", "the portal accepts it")
    lose(office)
    shutil.rmtree(office.archive / "state")
    rebuild(office)
    assert office.pull()["exit_code"] == 0

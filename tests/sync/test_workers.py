import signal
from collections import Counter


IDS = [f"S-{number:02d}" for number in range(12)]


def test_several_workers_bring_everything_once_and_share_one_login(office):
    office.opens(*map(office.shipment, IDS), workers=4)
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["stored"], pulled["acknowledged"]) == (0, 12, 12)
    assert {each["id"]: each["state"] for each in pulled["shipments"]} == dict.fromkeys(IDS, "acknowledged")
    counted = Counter((call["operation"], call.get("shipment")) for call in office.calls())
    assert all(counted["getShipment", each] == counted["acknowledgeShipment", each] == 1 for each in IDS)
    assert len(office.calls("login")) == 1
    assert office.ask("audit", "verify")[0] == office.ask("archive", "verify")[0] == 0


def test_workers_work_at_the_same_time_and_each_acknowledges_only_what_it_has_stored(office):
    stalls = [office.fault("getShipment", "stall", shipment=each, seconds=2, times=1) for each in IDS[:4]]
    office.opens(*map(office.shipment, IDS[:4]), *stalls, workers=4)
    assert office.pull()["acknowledged"] == 4
    records = office.records("call.intent", "call.outcome", "ack.decision")
    fetches = [record["type"] for record in records if record.get("operation") == "getShipment"]
    assert fetches[:4] == ["call.intent"] * 4, "all were asked for before the first was through"
    for each in IDS[:4]:
        steps = [(record["type"], record.get("operation")) for record in records if record.get("shipment") == each]
        assert steps == [
            ("call.intent", "getShipment"),
            ("call.outcome", "getShipment"),
            ("ack.decision", None),
            ("call.intent", "acknowledgeShipment"),
            ("call.outcome", "acknowledgeShipment"),
        ]


def test_one_workers_failure_is_its_shipments_and_the_others_go_on(office):
    office.opens(*map(office.shipment, IDS), office.fault("getShipment", "nok", shipment="S-03"), workers=3)
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["failed"], pulled["acknowledged"]) == (3, 1, 11)


def test_a_lost_session_is_renewed_once_whichever_worker_finds_out(office):
    office.opens(*map(office.shipment, IDS), office.fault("getShipment", "nok", code="00960", times=1), workers=4)
    assert office.pull()["acknowledged"] == 12
    assert len(office.calls("login")) == 2


def test_a_terminated_run_finishes_what_all_its_workers_have_in_hand(office):
    stalls = [office.fault("getShipment", "stall", shipment=each, seconds=2, times=1) for each in IDS[:3]]
    office.opens(*map(office.shipment, IDS[:6]), *stalls, workers=3)
    child = office.start("pull")
    office.until(lambda: len([call for call in office.records("call.intent") if call.get("shipment")]) >= 3)
    child.send_signal(signal.SIGTERM)
    child.communicate()
    assert child.returncode == 143
    assert office.states() == dict.fromkeys(IDS[:3], "acknowledged") | dict.fromkeys(IDS[3:6], "listed")
    assert [record["outcome"] for record in office.records("session.end")] == ["terminated"]


def test_insurers_are_pulled_side_by_side(office):
    for name in ("eine", "andere"):
        stall = office.fault("listShipments", "stall", seconds=2, times=1)
        office.opens(office.shipment("A"), stall, name=name)
    code, document = office.ask("pull")
    assert (code, [each["acknowledged"] for each in document["insurers"]]) == (0, [1, 1])
    lists = [record["type"] for record in office.records() if record.get("operation") == "listShipments"]
    assert lists[:2] == ["call.intent", "call.intent"], "each was asked before the other had answered"
    assert office.fired("eine") == office.fired("andere") == [("listShipments", None, "stall")]

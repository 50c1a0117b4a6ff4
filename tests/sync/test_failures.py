from pathlib import Path

import pytest


def fetched(office):
    return [call["shipment"] for call in office.calls("getShipment")]


TRANSPORT = {
    "A-TRUNCATED": ("truncate", {}),
    "B-CUT-AS-IF-ALL": ("truncate", {"clean": True}),
    "C-MISSING-PART": ("missing-part", {}),
    "D-WRONG-PART": ("wrong-part", {}),
    "E-HTML": ("html", {}),
    "F-DOCTYPE": ("doctype", {}),
    "G-NOK": ("nok", {"code": "04006"}),
    "H-FAULT": ("fault", {"codes": ["00930"]}),
    "I-FAULT-OF-NO-NORM": ("fault", {"detail": False}),
    "J-BUSY": ("status", {"status": 503}),
    "K-CLOSED": ("close", {}),
}


def test_what_does_not_arrive_whole_fails_is_not_acknowledged_stops_no_other_and_is_fetched_later(office, clock):
    office.opens(
        *map(office.shipment, TRANSPORT),
        office.shipment("Z-FINE"),
        *(
            office.fault("getShipment", action, shipment=shipment, times=1, **arguments)
            for shipment, (action, arguments) in TRANSPORT.items()
        ),
    )

    result = office.pull_at(clock)

    assert sorted(office.fired()) == sorted(("getShipment", each, TRANSPORT[each][0]) for each in TRANSPORT)
    assert result.exit_code == 3
    assert result.outcome == "partial"
    assert (result.stored, result.acknowledged, len(result.in_trouble)) == (1, 1, len(TRANSPORT))
    assert office.states() == dict.fromkeys(TRANSPORT, "failed") | {"Z-FINE": "acknowledged"}
    assert [call["shipment"] for call in office.calls("acknowledgeShipment")] == ["Z-FINE"]
    assert {Path(path).parts[4] for path in office.stored()} == {"Z-FINE"}
    assert list((office.archive / "spool" / "muster").iterdir()) == []
    reasons = {each: office.ask("shipments", "show", each)[1]["reason"].split(":")[0] for each in TRANSPORT}
    assert list(reasons.values()) == [
        *("framing", "framing", "missing-part", "missing-part", "not-soap", "refused-xml"),
        *("not-ok", "transport", "transport", "transport", "transport"),
    ]

    assert office.pull_at(clock).exit_code == 0, "it is too early for another try"
    assert office.states()["A-TRUNCATED"] == "failed"
    clock.advance(minutes=5)
    assert office.pull_at(clock).exit_code == 0
    assert set(office.states().values()) == {"acknowledged"}
    assert len(office.fired()) == len(TRANSPORT)


def test_a_failing_shipment_is_tried_with_growing_distance_yet_at_least_daily(office, clock):
    office.opens(office.shipment("A"), office.fault("getShipment", "html"))
    office.pull_at(clock)
    for tries, minutes in enumerate((5, 10, 20, 40, 80, 160, 320, 640, 1200, 1200, 1200), start=1):
        clock.advance(minutes=minutes - 1)
        office.pull_at(clock)
        assert len(office.calls("getShipment")) == tries, "too early"
        clock.advance(minutes=1)
        office.pull_at(clock)
        assert len(office.calls("getShipment")) == tries + 1, "too late"
    assert office.states() == {"A": "failed"}


def test_a_daily_run_tries_each_time_though_it_never_comes_at_the_same_minute(office, clock):
    office.opens(office.shipment("A"), office.fault("getShipment", "html"))
    for day in range(12):
        office.pull_at(clock)
        assert len(office.calls("getShipment")) == day + 1
        clock.advance(hours=22)


def test_a_clock_that_was_wrong_for_one_run_makes_no_shipment_wait_for_its_time(office, clock):
    office.opens(office.shipment("A"), office.fault("getShipment", "html", times=1))
    clock.advance(days=400)
    office.pull_at(clock)
    assert office.fired() == [("getShipment", "A", "html")]
    assert office.states() == {"A": "failed"}
    clock.advance(days=-400)

    office.pull_at(clock)

    assert office.states() == {"A": "acknowledged"}


def test_the_next_try_is_never_later_than_the_start_of_the_last_available_day(office, clock):
    office.opens(
        office.shipment("A", more='available_until = "2026-03-04"'),
        office.shipment("B", more='available_until = "0001-01-01"'),
        office.fault("getShipment", "html"),
    )
    for _ in range(10):
        office.pull_at(clock, retry_failed=True)
    assert [each for each in fetched(office) if each == "A"] == ["A"] * 10
    office.pull_at(clock)
    assert fetched(office).count("A") == 10, "the next is due in a day"
    clock.advance(hours=38, minutes=59)
    office.pull_at(clock, retry_failed=True)
    clock.advance(seconds=59)
    office.pull_at(clock)
    assert fetched(office).count("A") == 11, "the last day has not begun"
    for tries in (12, 13):
        clock.advance(seconds=1)
        office.pull_at(clock)
        assert fetched(office).count("A") == tries, "on the last day each run tries"


def test_wrong_counts_and_checksums_are_quarantined_in_the_third_run_with_the_last_bytes(office):
    wrong = {
        "A-COUNT": ("wrong-count", {"count": 2}),
        "B-CHECKSUM": ("wrong-checksum", {}),
    }
    office.opens(
        *map(office.shipment, wrong),
        *(office.fault("getShipment", action, shipment=each, **more) for each, (action, more) in wrong.items()),
    )

    for _ in range(2):
        assert office.pull("--retry-failed")["exit_code"] == 3
        assert set(office.states().values()) == {"failed"}
        assert office.stored() == {}
    pulled = office.pull("--retry-failed")

    assert (pulled["exit_code"], pulled["quarantined"], pulled["stored"]) == (3, 2, 0)
    assert office.states() == dict.fromkeys(wrong, "quarantined")
    assert len(office.fired()) == 6
    for each in wrong:
        shown = office.ask("shipments", "show", each)[1]
        sent = [call["files"] for call in office.calls("getShipment") if call["shipment"] == each][-1]
        assert [file["sha256"] for file in shown["files"]] == [file["sha256"] for file in sent]
        assert (office.archive / shown["path"] / shown["files"][0]["path"]).is_file()
        assert shown["path"].startswith("quarantine/muster/")
    assert {each["id"] for each in office.ask("documents", "list")[1]} == set(wrong)

    assert office.pull("--retry-failed")["exit_code"] == 0, "a later run has nothing new to complain of"
    assert len(fetched(office)) == 6
    assert office.calls("acknowledgeShipment") == []
    assert office.ask("archive", "verify")[0] == 0


FLAG = "<t:EnthaeltNurDaten>{}</t:EnthaeltNurDaten>"
DATA = "<t:Transfer><g:Vorgangsnummer>V-1</g:Vorgangsnummer></t:Transfer>"


@pytest.mark.parametrize(
    ("listed", "delivered"),
    [(FLAG.format("false"), DATA), (FLAG.format("false"), FLAG.format("true") + DATA), ("", ""), ("", "<t:Transfer/>")],
)
def test_what_was_announced_or_brings_nothing_is_never_acknowledged(scripted, listed, delivered):
    entry = "<t:ID>A</t:ID><t:Kategorie>100007000</t:Kategorie>"
    for _ in range(3):
        list_of_one = scripted.said("listShipments", entry + listed)
        scripted.will_say(list_of_one, scripted.said("getShipment", entry + delivered))
        assert scripted.office.pull("--retry-failed")["acknowledged"] == 0
    assert scripted.office.history("A")[-1] == "quarantined"
    assert "wrong-count" in scripted.office.ask("shipments", "show", "A")[1]["reason"]
    operations = {record["operation"] for record in scripted.office.records("call.intent")}
    assert operations == {"RequestSecurityToken", "listShipments", "getShipment"}


def test_a_count_that_differs_from_the_list_s_is_wrong_too(office):
    office.opens(office.shipment("A"), office.fault("listShipments", "wrong-count", count=7))
    assert office.pull()["failed"] == 1
    assert office.fired() == [("listShipments", None, "wrong-count")]
    assert "wrong-count" in office.ask("shipments", "show", "A")[1]["reason"]


def test_foreign_data_other_ids_and_mere_links_are_quarantined_at_once_and_foreign_data_is_not_shown(office):
    foreign = ', Vermittler = { Vermittlernummer = "ERF-9999" }, Kunde = "Erfunden Fremd"'
    office.opens(
        office.shipment("A-FOREIGN", fields=foreign),
        office.shipment("B-OTHER-ID", fields=', Kunde = "Erfunden Anders"'),
        office.shipment("C-LINK", file='link = "https://insurer.example/file"'),
        office.shipment("D-OURS", fields=', Vermittler = { Vermittlernummer = "ERF-4711" }'),
        office.shipment("E-FOREIGN", more='further = { Vermittler = { Vermittlernummer = "FREMD-1" } }'),
        office.fault("getShipment", "other-id", shipment="B-OTHER-ID", id="A-FOREIGN"),
        broker_numbers=["ERF-4711"],
    )

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["quarantined"], pulled["acknowledged"]) == (3, 4, 1)
    assert office.states() == {
        "A-FOREIGN": "quarantined",
        "B-OTHER-ID": "quarantined",
        "C-LINK": "quarantined",
        "D-OURS": "acknowledged",
        "E-FOREIGN": "quarantined",
    }
    assert [call["shipment"] for call in office.calls("acknowledgeShipment")] == ["D-OURS"]
    assert ("getShipment", "B-OTHER-ID", "other-id") in office.fired()
    reasons = [office.ask("shipments", "show", each)[1]["reason"].split(":")[0] for each in sorted(office.states())]
    assert reasons[:3] == ["foreign-broker", "other-id", "link-only"]
    for each in ("A-FOREIGN", "B-OTHER-ID"):
        page = office.run("shipments", "show", each)[1] + office.run("shipments", "show", each, "--json")[1]
        assert "Erfunden" not in page
        assert office.ask("documents", "search", "Erfunden")[1] == []
    assert {each["id"] for each in office.ask("documents", "list")[1]} == {"C-LINK", "D-OURS"}
    before = len(office.calls("getShipment"))
    assert office.pull()["exit_code"] == 0
    assert len(office.calls("getShipment")) == before


def test_whatever_is_no_positive_list_ends_the_insurer_and_is_never_an_empty_mailbox(office, clock):
    office.opens(
        office.shipment("A"),
        office.fault("listShipments", "html", nth=2, times=1),
        office.fault("listShipments", "fault", nth=2, times=1, codes=["00930"]),
        office.fault("listShipments", "nok", nth=2, times=1, code="04005"),
        office.fault("listShipments", "nok", nth=3, times=1, code="04001"),
        office.fault("listShipments", "truncate", nth=6, times=1),
        office.fault("listShipments", "close", nth=7, times=1),
        acknowledge=None,
    )
    assert office.pull_at(clock).exit_code == 0
    for _ in range(6):
        clock.advance(hours=1)
        result = office.pull_at(clock)
        assert (result.exit_code, result.outcome, result.listed) == (13, "failed", 0)
    assert sorted(what for _, _, what in office.fired()) == ["close", "fault", "html", "nok", "nok", "truncate"]
    assert office.states() == {"A": "stored"}
    summary = office.ask("status")[1]["insurers"][0]
    assert summary["last_success_at"] == "2026-03-02T08:00:00+00:00"
    assert summary["last_attempt_at"] == "2026-03-02T14:00:00+00:00"
    assert summary["listed"] == 1
    result = office.pull_at(clock)
    assert (result.exit_code, result.listed) == (0, 1)


def test_an_insurer_that_asks_for_a_long_rest_is_left_alone_and_nothing_counts_as_failed(office):
    office.patient = True
    asking = office.fault("getShipment", "status", nth=2, times=1, status=503, retry_after=3600)
    office.opens(*(office.shipment(name) for name in "ABCD"), asking)

    pulled = office.pull()

    assert (pulled["exit_code"], pulled["error"]["code"]) == (13, "temporary")
    assert "nothing was sent" in pulled["error"]["message"]
    assert len(office.calls("getShipment")) == 2
    assert sorted(office.states().values()) == ["acknowledged", "failed", "listed", "listed"]
    assert len(office.calls("login")) == 1

    again = office.pull("--retry-failed")
    assert (again["exit_code"], again["acknowledged"]) == (0, 3)

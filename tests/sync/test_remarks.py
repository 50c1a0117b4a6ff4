import json

import pytest

from bipro_sync.archive import Layout
from bipro_sync.sync.memory import remembered

from ..bipro.fixtures import answer, message


SHIPMENT = "<t:ID>A</t:ID><t:Kategorie>100007000</t:Kategorie>"
DATA = "<t:Transfer><g:Vorgangsnummer>V-1</g:Vorgangsnummer></t:Transfer>"
UNTIMED = answer(message("32").replace(b"<nac:Zeitstempel>2026-03-02T09:00:05</nac:Zeitstempel>", b""))


def test_a_warning_beside_a_shipment_is_told_by_its_code_and_never_by_its_text(scripted):
    warned = scripted.said(
        "getShipment",
        SHIPMENT + DATA,
        ("Hinweis", "04000", "erfunden"),
        ("Warnung", "00010", "Kunde Erfunden fehlt"),
        ("Warnung", "Kunde Erfunden", "fehlt"),
    )
    scripted.will_say(scripted.said("listShipments", SHIPMENT), warned, answer(message("50")), answer(message("32")))

    pulled = scripted.office.pull()

    assert (pulled["exit_code"], pulled["acknowledged"]) == (0, 1)
    assert pulled["remarks"] == ["muster warns about 1 shipment(s): A (00010, -)."]
    shown = scripted.office.ask("shipments", "show", "A")[1]
    assert [each for each in shown["remarks"] if "warns" in each] == ["the insurer warns: 00010, -"]
    everywhere = json.dumps([pulled, shown["remarks"], scripted.office.records()])
    assert "Kunde Erfunden" not in everywhere


def test_a_habit_of_the_lists_stands_in_the_json_and_breaks_no_quiet_run_s_silence(scripted):
    scripted.will_say(UNTIMED)
    (remark,) = scripted.office.pull()["remarks"]
    assert remark.startswith("The list of muster: schema: ")
    memory = remembered(Layout(scripted.office.archive), "muster")
    assert [f"The list of muster: {each}" for each in memory.list_remarks] == [remark]
    scripted.will_say(UNTIMED)
    assert scripted.office.run("pull") == (0, "", "")
    scripted.will_say(UNTIMED)
    assert remark in scripted.office.run("-v", "pull")[2]
    found = [each for each in scripted.office.ask("doctor")[1]["checks"] if each["id"] == "lists"]
    assert [(each["verdict"], each["insurer"]) for each in found] == [("warn", "muster")]
    assert "Its last list does not fit the norm: schema: line " in found[0]["sentence"]


def test_repeated_calls_break_no_quiet_run_s_silence_either(office):
    office.patient = True
    office.opens(office.shipment("A"), office.fault("getShipment", "status", status=503, retry_after=1, times=1))
    assert office.run("pull") == (0, "", "")
    assert len(office.calls("getShipment")) == 2, "it was repeated"


@pytest.fixture
def march(clock):
    """A clock that is ahead of the practice insurer's, which hands out nothing that is no longer available."""
    clock.moment = clock.moment.replace(year=2099)
    return clock


def ending(office, **days):
    """The lines of a scenario for shipments that are available until these days of March 2099."""
    return [office.shipment(name, more=f'available_until = "2099-03-{day:02}"') for name, day in days.items()]


def told(result):
    return [remark for remark in result.remarks if "available" in remark]


def test_what_is_not_fetched_is_named_in_its_last_week(office, march):
    office.opens(
        *ending(office, A=8, B=8, C=9, D=1),
        office.shipment("E"),
        *(office.fault("getShipment", "html", shipment=each) for each in ("A", "C", "D", "E")),
    )
    (remark,) = told(office.pull_at(march))
    assert office.states() == dict.fromkeys("ACDE", "failed") | {"B": "acknowledged"}
    begin, _, names = remark.partition(": ")
    assert begin == "2 shipment(s) of muster are not fetched and available for less than 7 days"
    assert names == "A (until 2099-03-08), D (until 2099-03-01)."
    march.advance(hours=15, minutes=1)  # past midnight in Berlin
    (remark,) = told(office.pull_at(march))
    assert remark.endswith(": A (until 2099-03-08), C (until 2099-03-09), D (until 2099-03-01).")


def test_what_a_limit_leaves_unfetched_is_named_too(office, march):
    office.opens(*ending(office, A=8, B=8))
    (remark,) = told(office.pull_at(march, limit=1))
    assert remark.endswith(": B (until 2099-03-08).")
    assert told(office.pull_at(march)) == []


def test_what_an_operator_holds_is_named_in_its_last_week_too(office, march):
    office.opens(*ending(office, A=8, B=8, C=20), acknowledge="manual")
    office.pull_at(march, limit=1)
    for each in "AB":
        office.run("shipments", "hold", each, "--reason", "a question")
    (remark,) = told(office.pull_at(march, limit=1))
    assert office.states() == {"A": "held", "B": "held", "C": "stored"}
    assert remark == (
        "2 shipment(s) of muster are held by an operator and available for less than 7 days: "
        "A (until 2099-03-08), B (until 2099-03-08)."
    )
    assert office.pull_at(march).exit_code == 0


def test_what_a_rule_leaves_is_no_alarm(office, march):
    office.opens(*ending(office, A=8), deliveries={"mail": "leave"})
    assert (told(office.pull_at(march)), office.states()) == ([], {"A": "left"})


def suspicions(result):
    return [remark for remark in result.remarks if "another program acknowledges here" in remark]


def vanish(office, clock, *ids, stay=(), until=""):
    """Lets shipments vanish that could not be fetched; returns the result of the run that concludes so."""
    more = f'available_until = "{until}"' if until else ""
    office.opens(
        *(office.shipment(each, more=more) for each in (*ids, *stay)), office.fault("getShipment", "html", times=50)
    )
    office.pull_at(clock)
    assert office.fired()
    office.opens(*map(office.shipment, stay), office.fault("getShipment", "html", times=50))
    office.pull_at(clock)
    return office.pull_at(clock)


def test_of_several_that_vanish_before_their_last_day_it_is_said_that_another_program_acknowledges(office, march):
    result = vanish(office, march, "A", "B", stay=["C"], until="2099-03-20")
    assert (result.exit_code, office.states()) == (3, {"A": "vanished", "B": "vanished", "C": "failed"})
    (remark,) = suspicions(result)
    assert remark.startswith("2 shipments of muster vanished before their last day")
    assert remark.endswith("In this run: A, B.")
    assert suspicions(office.pull_at(march)) == [], "nothing has vanished in that run"


def test_one_alone_may_have_been_withdrawn_and_is_a_sign_only_with_an_earlier_one(office, clock):
    assert suspicions(vanish(office, clock, "A")) == []
    (remark,) = suspicions(vanish(office, clock, "B"))
    assert remark.endswith("In this run: B.")


def test_what_is_no_longer_listed_after_its_last_day_has_vanished_at_once_and_nobody_is_accused(office, march):
    office.opens(*ending(office, A=3, B=3, C=4), office.fault("getShipment", "html", times=50))
    office.pull_at(march)
    office.opens()
    march.advance(days=1, hours=15, minutes=1)  # past midnight in Berlin, where the fourth begins

    result = office.pull_at(march)

    assert (result.exit_code, suspicions(result)) == (3, [])
    assert office.states() == {"A": "vanished", "B": "vanished", "C": "failed"}
    assert office.ask("shipments", "show", "A")[1]["reason"] == "no longer listed after 2099-03-03, its last day"
    march.advance(days=1)
    result = office.pull_at(march)
    assert (office.states()["C"], suspicions(result)) == ("vanished", [])
    assert len(office.records("shipment.vanished")) == 3


def test_a_held_shipment_that_goes_unfetched_has_vanished_too(office):
    office.opens(*map(office.shipment, "AB"), acknowledge="manual")
    office.pull("--limit", "1")
    for each in "AB":
        office.run("shipments", "hold", each, "--reason", "a question")
    office.opens()
    assert office.pull()["exit_code"] == 0
    assert office.pull()["exit_code"] == 3
    assert office.states() == {"A": "held", "B": "vanished"}, "what is stored is safe here"


def test_what_is_listed_again_though_acknowledged_is_remarked(office):
    office.opens(
        '[transfer]\nrepeated_ack = "ok"\n', office.shipment("A"), office.fault("listShipments", "relist", nth=3)
    )
    office.pull()
    (remark,) = office.pull()["remarks"]
    assert remark.startswith("muster lists 1 shipment(s) though acknowledged; they were compared")
    assert remark.endswith("once more: A.")

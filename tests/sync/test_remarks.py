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

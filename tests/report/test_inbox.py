import re

import pytest

from ..identities import at_a_terminal, logged_in
from ..sync.lost_catalogue import lose, rebuild


NUMBERS = ', Versicherungsscheinnummer = "32-4711", VorgangsnummerVM = "H-7"'


@pytest.fixture
def filled(office):
    office.opens(
        office.shipment("A", fields=NUMBERS),
        office.shipment("B", category="140012021"),
        office.shipment("C", category="160001000", file=None),
        office.shipment("G", category="999010010", file='document = "portfolio.gdv"'),
        office.shipment("U", category="777000000"),
    )
    office.run("pull")
    return office


def listed(office, *arguments):
    code, document = office.ask("inbox", *arguments)
    assert code == 0, document
    return [each["id"] for each in document["items"]]


def test_what_people_read_is_listed_the_urgent_first_and_files_for_programs_are_not(filled):
    assert listed(filled) == ["C", "B", "U", "A"]
    _, document = filled.ask("inbox", "list")
    assert document["urgent"] == 3
    assert [each["urgency"] for each in document["items"]] == ["cancellation", "dunning", "unknown-category", None]
    _, out, _ = filled.run("inbox")
    for word in ("Mahnung", "Kündigung oder Storno", "unbekannte Kategorie", "32-4711", "H-7", "nur Daten", "Eilig"):
        assert word in out


def test_each_person_has_a_worklist_of_their_own(filled):
    filled.identity = at_a_terminal("erika")
    assert filled.run("inbox", "done", "B", "C")[0] == 0
    assert listed(filled) == ["U", "A"]
    filled.identity = at_a_terminal("hans")
    assert listed(filled) == ["C", "B", "U", "A"]
    assert re.search(r"erika \(\d\d\.\d\d\.\d{4} \d\d:\d\d\)", filled.run("inbox")[1])
    filled.identity = at_a_terminal("erika")
    assert listed(filled, "list", "--all") == ["C", "B", "U", "A"]
    assert filled.run("inbox", "reopen", "B")[0] == 0
    assert listed(filled) == ["B", "U", "A"]
    decided = [(each["shipment"], each["outcome"]) for each in filled.records("operator.decision")]
    assert decided == [("B", "done"), ("C", "done"), ("B", "reopened")]


def test_what_is_done_survives_a_lost_catalogue(filled):
    filled.run("inbox", "done", "B", "C")
    filled.run("inbox", "reopen", "C")
    before = filled.states()
    lose(filled)
    rebuild(filled)
    assert listed(filled) == ["C", "U", "A"]
    assert filled.states() == before


def test_what_came_once_more_with_other_contents_is_open_again(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "wrong-checksum", shipment="A"))
    for _ in range(3):
        office.run("pull", "--retry-failed")
    assert office.states() == {"A": "quarantined"}
    office.run("inbox", "done", "A")
    assert listed(office) == []
    office.opens(office.shipment("A"))
    office.run("shipments", "retry", "A", "--reason", "mended")
    office.run("pull")
    assert listed(office) == ["A"]


def test_the_list_narrows_and_says_what_it_leaves_out(filled):
    _, document = filled.ask("inbox", "list", "--limit", "1")
    assert ([each["id"] for each in document["items"]], document["more"]) == (["C"], 3)
    assert listed(filled, "list", "--since", "2099-01-01") == []
    assert listed(filled, "list", "--insurer", "another") == []
    assert "Nichts ist offen." in filled.run("inbox", "list", "--since", "2099-01-01")[1]


def test_foreign_data_are_neither_listed_nor_done(office):
    foreign = ', Vermittler = { Vermittlernummer = "9999" }'
    office.opens(office.shipment("F", fields=foreign), broker_numbers=["4711"])
    office.run("pull")
    assert listed(office) == []
    assert office.run("inbox", "done", "F")[0] == 2
    assert office.records("operator.decision") == []


def test_in_production_the_worklist_wants_a_purpose_and_looking_is_on_record(office):
    office.head = (
        '[audit]\nresponsible = "boss"\nanchors = "none"\n[alerts]\nnone = true\n'
        '[users.boss]\nname = "Erika Erfunden"\nlogin = "boss"\nactive_from = 2026-01-01\nrole = "admin"\n'
    )
    office.opens(office.shipment("A"), environment="production")
    office.identity = logged_in("boss")
    assert office.ask("pull")[0] == 0
    assert office.run("inbox")[0] == 2
    assert office.run("inbox", "--purpose", "daily mail")[0] == 0
    record = office.records("read")[-1]
    assert (record["operation"], record["shipment"], record["detail"]) == ("inbox list", "A", "daily mail")
    assert office.run("inbox", "done", "A")[0] == 0
    assert office.records("operator.decision")[-1]["principal"] == "boss"


def test_what_somebody_has_imported_is_to_be_read_and_not_urgent_for_want_of_a_category(office, tmp_path):
    office.opens()
    office.run("pull")
    (tmp_path / "Brief.pdf").write_bytes(b"%PDF-1.4 invented")
    assert office.run("import", "--insurer", "muster", "--kind", "mail", str(tmp_path / "Brief.pdf"))[0] == 0
    _, document = office.ask("inbox")
    [item] = document["items"]
    assert (item["urgency"], item["meaning"], document["urgent"]) == (None, "von Hand importiert", 0)

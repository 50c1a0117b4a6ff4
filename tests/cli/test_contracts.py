import pytest

from ..sync.gdv_mail import HOME_2, LIABILITY, MAKER, MOTOR, dearer, gdv_shipment, portfolio
from ..sync.lost_catalogue import lose, rebuild


@pytest.fixture
def told(office):
    """Two portfolios of which the later has one contract dearer and one gone, and a settlement."""
    office.opens(
        gdv_shipment(office, "A", portfolio(LIABILITY, MOTOR, *MAKER.CONTRACTS[4:6])),
        gdv_shipment(office, "B", portfolio(LIABILITY, dearer(MOTOR), HOME_2), day=2),
        gdv_shipment(office, "P", MAKER.commission(), day=3, category="999050000"),
    )
    office.pull()
    return office


def numbers(office, *arguments):
    code, found = office.ask("contracts", "list", *arguments)
    assert code == 0
    return [each["policy_number"] for each in found]


def test_the_list_has_what_the_latest_deliveries_have_with_the_way_back(told):
    assert numbers(told) == [LIABILITY.number, MOTOR.number, HOME_2.number]
    found = {each["policy_number"]: each for each in told.ask("contracts", "list")[1]}
    assert found[MOTOR.number] | {"since": None} == {
        "insurer": "muster",
        "insurer_number": "99999",
        "policy_number": MOTOR.number,
        "policy_number_sent": MOTOR.number,
        "line": "050",
        "status": "1",
        "begin": "2024-01-01",
        "end": "2027-01-01",
        "premium": "483.75",
        "currency": "EUR",
        "product": "Kraftfahrt Öko",
        "since": None,
    }
    since = found[LIABILITY.number]["since"]
    assert (since["shipment"], since["file"], since["records"]) == ("A", 1, [5, 6, 7, 8])


def test_the_list_narrows_by_status_line_and_insurer(told):
    assert numbers(told, "--status", "storniert") == numbers(told, "--status", "4") == [HOME_2.number]
    assert numbers(told, "--line", "050", "--line", "040") == [LIABILITY.number, MOTOR.number]
    assert numbers(told, "--insurer", "another") == []
    assert numbers(told, "--limit", "1") == [LIABILITY.number]
    assert told.run("contracts", "list", "--status", "gone")[0] == 2
    _, page, _ = told.run("contracts", "list")
    assert "483.75 EUR" in page


@pytest.mark.parametrize("spelling", ["K00000003", " k-0000 0003", "K/00000/003"])
def test_a_contract_is_shown_whatever_way_its_number_is_written(told, spelling):
    code, shown = told.ask("contracts", "show", spelling)
    assert (code, shown["policy_number"]) == (0, MOTOR.number)
    (contract,) = shown["contract"]
    assert contract["fields"]["0200/1"][0]["GesbeitragNettoInWE"] == "483.75"
    assert [each["since"]["shipment"] for each in shown["commission"]] == ["P"]
    assert shown["partner"][0]["fields"]["0100/1"]
    assert "GesbeitragNettoInWE: 483.75" in told.run("contracts", "show", MOTOR.number)[1]


def test_an_unknown_number_is_said_to_be_unknown(told):
    code, document = told.ask("contracts", "show", "4711")
    assert (code, "No contract" in document["error"]["message"]) == (2, True)


def test_the_history_has_every_state_and_what_changed(told):
    code, document = told.ask("contracts", "history", MOTOR.number)
    assert code == 0
    (contract,) = [each for each in document["history"] if each["kind"] == "contract"]
    first, second = contract["versions"]
    assert (first["since"]["shipment"], first["until"]["shipment"], first["changes"]) == ("A", "B", [])
    assert (second["since"]["shipment"], second["until"]) == ("B", None)
    changed = {(each["place"], each["field"]): (each["old"], each["new"]) for each in second["changes"]}
    assert changed["0200/1", "GesbeitragNettoInWE"] == ("482.75", "483.75")
    _, page, _ = told.run("contracts", "history", MOTOR.number)
    assert "0200/1 GesbeitragNettoInWE: 482.75 -> 483.75" in page


def test_what_ended_is_still_shown_and_says_when(told):
    gone = MAKER.CONTRACTS[4].number
    assert gone not in numbers(told)
    (contract,) = told.ask("contracts", "show", gone)[1]["contract"]
    assert contract["until"]["shipment"] == "B"


def test_an_insurer_s_own_way_to_write_its_numbers_is_understood(office):
    first, second = "30123456789", "32987654321"
    data = portfolio(LIABILITY, MAKER.CONTRACTS[1])
    for old, new in ((LIABILITY.number, first), (MAKER.CONTRACTS[1].number, second)):
        data = data.replace(old.rjust(17).encode(), new.rjust(17).encode())
    office.opens(gdv_shipment(office, "A", data), profile="ruv", consumer_id="x" * 5)
    assert office.pull()["gdv"]["indexed"] == 1
    assert office.ask("contracts", "show", "987654321")[1]["policy_number"] == second


@pytest.fixture
def numbered(office):
    """Opens an insurer with the form of R+V's numbers whose portfolio has contracts with these."""

    def _numbered(*wanted, name="muster"):
        own = MAKER.CONTRACTS[: len(wanted)]
        data = portfolio(*own)
        for contract, number in zip(own, wanted, strict=True):
            data = data.replace(contract.number.rjust(17).encode(), number.rjust(17).encode())
        shipment = gdv_shipment(office, f"A-{name}", data, insurer=name)
        office.opens(shipment, name=name, profile="ruv", consumer_id="x" * 5)
        assert office.pull(name=name)["gdv"]["indexed"] == 1

    return _numbered


def test_a_number_that_may_mean_contracts_of_two_insurers_is_never_guessed(office, numbered):
    numbered("32123456789")
    numbered("30123456789", name="other")
    code, document = office.ask("contracts", "show", "123456789")
    assert (code, document["error"]["message"]) == (2, "2 contracts may be meant.")
    code, shown = office.ask("contracts", "show", "123456789", "--insurer", "other")
    assert (code, shown["policy_number"], shown["match"]) == (0, "30123456789", "body")


def test_a_number_that_was_not_given_in_full_is_told_beside_the_answer(office, numbered):
    numbered("32123456789")
    assert "not given in full" in office.run("contracts", "show", "123456789")[2]
    assert office.run("contracts", "show", "32/123.456.789")[2] == ""


def test_an_area_that_nobody_knows_of_is_told_and_its_contract_shown(office, numbered):
    numbered("99123456789", "32123456789")
    code, shown = office.ask("contracts", "show", "99 123456789")
    assert (code, shown["policy_number"], shown["unknown_area"]) == (0, "99123456789", True)
    assert "area" in office.run("contracts", "history", "99123456789")[2]
    assert office.ask("contracts", "show", "32123456789")[1]["unknown_area"] is False


@pytest.mark.parametrize("nothing", ["/", " "])
def test_a_number_of_signs_alone_is_none(told, nothing):
    code, document = told.ask("contracts", "show", nothing)
    assert (code, document["error"]["message"]) == (2, "A policy number has digits or letters.")


def test_what_waits_is_said_beside_the_answer(told):
    lose(told)
    rebuild(told)
    _, _, err = told.run("contracts", "list")
    assert "3 shipment(s) were not looked at yet" in err


def test_two_deliveries_in_the_archive_are_compared_and_a_person_who_looks_is_on_record(told):
    code, document = told.ask("contracts", "diff", "A", "B")
    assert (code, document["old"], document["new"]) == (0, "A", "B")
    events = {(each["event"], each["kind"], each["key"][1]) for each in document["differences"]}
    assert ("changed", "contract", MOTOR.number) in events
    assert ("vanished", "contract", MAKER.CONTRACTS[4].number) in events
    assert [record["operation"] for record in told.records("read")] == ["contracts diff"]
    assert "storniert" not in told.run("contracts", "diff", "A", "A")[1]


def test_between_deliveries_of_the_archive_nobody_is_sent_to_an_option_that_is_not_there(office):
    data = portfolio(LIABILITY, MOTOR)
    office.opens(
        gdv_shipment(office, "A", data),
        gdv_shipment(office, "C", portfolio(LIABILITY), day=2, category="999010020"),
    )
    office.pull()
    code, said, _ = office.run("contracts", "diff", "A", "C")
    assert (code, "1 steht in der neuen Lieferung nicht." in said, "--full" in said) == (0, True, False)
    assert "entfallen  " not in said


def test_a_delivery_without_a_gdv_file_is_not_compared(office):
    office.opens(office.shipment("A"))
    office.pull()
    code, document = office.ask("contracts", "diff", "A", "A")
    assert (code, document["error"]["message"]) == (2, "Shipment A of muster has no GDV file.")


def test_of_a_policy_number_the_contract_is_shown_first(told):
    code, found = told.ask("contracts", "history", MOTOR.number)
    assert code == 0
    kinds = [each["kind"] for each in found["history"]]
    assert kinds[0] == "contract"
    assert kinds == sorted(kinds, key=["contract", "partner", "claim", "commission"].index)
    assert len(set(kinds)) > 1

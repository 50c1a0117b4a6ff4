"""A list that was asked for by category says nothing of the others."""

import pytest


@pytest.fixture
def two_kinds(office):
    def opens(*more, **section):
        mail = office.shipment("MAIL", category="100007000")
        portfolio = office.shipment("BESTAND", category="999010010")
        office.opens(mail, portfolio, *more, **section)

    return opens


@pytest.mark.parametrize(("category", "fetched"), [("100", {"MAIL"}), ("999010", {"BESTAND"}), ("140", set())])
def test_only_what_was_asked_for_is_listed_and_fetched(office, two_kinds, category, fetched):
    two_kinds(list_category=category)
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["listed"]) == (0, len(fetched))
    assert office.states() == dict.fromkeys(fetched, "acknowledged")


def test_by_its_absence_a_list_speaks_only_of_what_it_was_asked_for(office, two_kinds):
    two_kinds(office.fault("getShipment", "close"))
    office.pull()
    assert office.states() == {"MAIL": "failed", "BESTAND": "failed"}
    office.opens(list_category="100")
    for _ in range(3):
        office.pull()
    assert office.states() == {"MAIL": "vanished", "BESTAND": "failed"}


def test_an_acknowledgement_in_doubt_is_settled_only_by_a_list_that_would_hold_the_shipment(office, two_kinds):
    two_kinds(office.fault("acknowledgeShipment", "lose-answer"))
    office.pull()
    assert set(office.states().values()) == {"ack_unknown"}
    office.opens(office.fault("acknowledgeShipment", "lose-answer"), list_category="100")
    office.pull()
    assert office.states()["MAIL"] == "acknowledged"
    assert office.states()["BESTAND"] != "acknowledged"


def test_an_insurer_that_takes_no_filter_says_which_key_to_change(office, two_kinds):
    two_kinds('\n[transfer]\ncategory_filter = "coarse"\n', list_category="999010")
    pulled = office.pull()
    assert pulled["exit_code"] != 0
    assert "list_category" in pulled["error"]["hint"]

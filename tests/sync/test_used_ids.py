import pytest


def posted(office, shipment, day, document):
    """A shipment posted on this day, with this document."""
    return office.shipment(shipment, file=f'document = "{document}"').replace("2026-03-01", f"2026-03-{day:02}")


def sent(office, shipment):
    """How often its file went out."""
    return sum(call.get("shipment") == shipment for call in office.calls("getShipment"))


def test_what_a_cut_list_hides_under_the_id_of_a_stored_shipment_is_not_acknowledged_unfetched(office):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    office.opens(
        "[transfer]\nlist_limit = 1\n",
        posted(office, "B", 2, "rechnung.pdf"),
        posted(office, "A", 3, "mahnung.pdf"),
        acknowledge="auto",
    )

    office.pull()

    assert sent(office, "A") == 2, "the second letter was acknowledged and not fetched"
    assert office.states()["A"] == "conflict"


@pytest.mark.parametrize("before", ["quarantined", "ack_refused", "conflict"])
def test_another_letter_under_the_id_of_one_that_needs_a_person_is_fetched(office, before):
    foreign = ', Vermittler = { Vermittlernummer = "FREMD-1" }' if before == "quarantined" else ""
    refused = office.fault("acknowledgeShipment", "nok", code="04004") if before == "ack_refused" else ""
    manual = None if before == "conflict" else "auto"
    office.opens(office.shipment("A", fields=foreign), refused, broker_numbers=["ERF-4711"], acknowledge=manual)
    office.pull()
    if before == "conflict":
        office.opens(posted(office, "A", 5, "rechnung.pdf"))
        office.pull()
    assert office.states() == {"A": before}
    fetched = sent(office, "A")

    office.opens(posted(office, "A", 9, "mahnung.pdf"), acknowledge="auto")
    office.pull()

    assert sent(office, "A") == fetched + 1

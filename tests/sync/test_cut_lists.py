import pytest


CUT_AT_TWO = "[transfer]\nlist_limit = 2\n"


def lists(office):
    return len(office.calls("listShipments"))


def numbered(office, count):
    """So many shipments, posted one day after the other, which is the order a cut list has them in."""
    for day in range(1, count + 1):
        yield office.shipment(f"S{day}").replace("2026-03-01", f"2026-03-{day:02}")


def test_a_cut_list_is_asked_for_again_until_it_brings_nothing_new(office):
    office.opens(CUT_AT_TWO, *numbered(office, 5))
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["listed"], pulled["acknowledged"]) == (0, 5, 5)
    assert set(office.states().values()) == {"acknowledged"}
    assert lists(office) == 4, "two, two, one, none"
    assert office.pull()["listed"] == 0
    assert lists(office) == 5, "where nothing was acknowledged nothing can have come to light"


@pytest.mark.parametrize("acknowledge", [None, "manual"])
def test_without_acknowledgements_one_list_is_all_there_is(office, acknowledge):
    office.opens(CUT_AT_TWO, *numbered(office, 3), acknowledge=acknowledge)
    assert office.pull()["stored"] == 2
    assert lists(office) == 1


def test_what_stays_at_the_insurer_is_worked_on_once_a_run(office):
    office.opens(
        "[transfer]\nlist_limit = 3\n", *numbered(office, 6), office.fault("getShipment", "html", shipment="S2")
    )
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["acknowledged"], pulled["failed"]) == (3, 5, 1)
    assert [call["shipment"] for call in office.calls("getShipment")].count("S2") == 1
    assert lists(office) == 4, "three, two of them new, one new, none new"


def test_a_limit_and_the_shipments_asked_for_end_the_listing(office):
    office.opens(CUT_AT_TWO, *numbered(office, 7))
    assert office.pull("--limit", "3")["acknowledged"] == 3
    assert lists(office) == 2
    assert office.pull("--shipment", "S4")["acknowledged"] == 1
    assert lists(office) == 3
    pulled = office.pull("--shipment", "S7")
    assert (pulled["exit_code"], pulled["acknowledged"]) == (3, 0), "S5 and S6 hide it, and were not asked for"
    assert lists(office) == 4


def test_a_dry_run_lists_once(office):
    office.opens(CUT_AT_TWO, *numbered(office, 3))
    assert office.pull("--dry-run")["listed"] == 2
    assert lists(office) == 1


def test_a_run_lists_twenty_times_at_most_and_the_next_goes_on(office):
    office.opens("[transfer]\nlist_limit = 1\n", *numbered(office, 22))
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["acknowledged"], lists(office)) == (0, 20, 20)
    assert pulled["remarks"] == ["muster was listed 20 times; the next run fetches what is left."]
    assert office.pull()["acknowledged"] == 2


def test_a_shipment_that_cut_lists_hide_has_not_vanished(office):
    hidden = office.shipment("Z").replace("2026-03-01", "2026-04-01")
    office.opens(hidden, office.fault("getShipment", "html"))
    office.pull()
    assert office.states() == {"Z": "failed"}
    for month in (1, 2):
        older = [each.replace("2026-03", f"2026-0{month}").replace('"S', f'"{month}-') for each in numbered(office, 3)]
        office.opens(CUT_AT_TWO, *older, hidden, office.fault("getShipment", "html", shipment=f"{month}-2"))
        pulled = office.pull()
        assert pulled["acknowledged"] == 2
        assert "Z" not in {each["id"] for each in pulled["shipments"]}
    assert office.states()["Z"] == "failed"
    assert office.records("shipment.vanished") == []


def test_an_unclear_acknowledgement_is_not_settled_by_lists_that_are_cut(office):
    office.opens(
        CUT_AT_TWO,
        *numbered(office, 1),
        office.fault("acknowledgeShipment", "lose-answer", shipment="S1"),
    )
    office.pull()
    assert office.states() == {"S1": "ack_unknown"}
    office.opens(CUT_AT_TWO, *numbered(office, 4))
    office.pull()
    assert office.states()["S1"] == "ack_unknown", "the lists of that run brought ever more"
    assert office.states()["S4"] == "acknowledged"
    office.pull()
    assert office.states()["S1"] == "acknowledged"
    assert [call["shipment"] for call in office.calls("acknowledgeShipment")].count("S1") == 1


def test_a_second_list_that_fails_ends_the_insurer_and_loses_nothing(office):
    office.opens(CUT_AT_TWO, *numbered(office, 3), office.fault("listShipments", "html", nth=2, times=1))
    pulled = office.pull()
    assert office.fired() == [("listShipments", None, "html")]
    assert (pulled["exit_code"], pulled["acknowledged"]) == (13, 2)
    assert office.pull()["acknowledged"] == 1


def test_what_is_listed_and_not_worked_on_is_not_settled(office):
    office.opens(*numbered(office, 2), office.fault("acknowledgeShipment", "close", times=2))
    office.pull()
    assert office.states() == {"S1": "ack_unknown", "S2": "ack_unknown"}
    office.pull("--limit", "1")
    assert office.states() == {"S1": "acknowledged", "S2": "ack_unknown"}


def test_a_list_settles_nothing_that_was_acknowledged_after_it(office):
    office.opens(office.shipment("A"), acknowledge=None)
    office.pull()
    office.opens(office.fault("acknowledgeShipment", "close", times=1), acknowledge="auto")
    office.pull()
    assert office.fired() == [("acknowledgeShipment", "A", "close")]
    assert office.states() == {"A": "ack_unknown"}
    office.pull()
    assert office.states() == {"A": "acknowledged"}

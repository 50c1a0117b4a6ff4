import pytest


PORTFOLIO, CHANGES = "999010010", "999010020"


@pytest.mark.parametrize(("rule", "too_early", "due"), [("weekly", 6, 7), ("monthly", 26, 28)])
def test_a_kind_wanted_once_a_period_is_fetched_once_a_period_and_the_rest_stays(office, clock, rule, too_early, due):
    rules = {"gdv-portfolio": rule}
    shipments = []
    for name, days in (("first", 0), ("second", too_early), ("third", due - too_early)):
        shipments.append(office.shipment(name, category=PORTFOLIO))
        office.opens(*shipments, office.shipment(f"mail-{name}"), deliveries=rules)
        clock.advance(days=days)
        result = office.pull_at(clock)
        assert result.exit_code == 0
    assert office.states() == {
        "first": "acknowledged",
        "second": "left",
        "third": "acknowledged",
        "mail-first": "acknowledged",
        "mail-second": "acknowledged",
        "mail-third": "acknowledged",
    }
    assert f"the rule for gdv-portfolio is {rule}" in office.ask("shipments", "show", "second")[1]["reason"]
    asked = {call["shipment"] for call in office.calls() if "shipment" in call}
    assert "second" not in asked


def test_what_is_left_is_neither_fetched_nor_acknowledged_and_the_longest_prefix_decides(office):
    office.opens(
        office.shipment("A", category=PORTFOLIO),
        office.shipment("B", category=CHANGES),
        office.shipment("C", category="999030000"),
        office.shipment("D", category="140000000"),
        deliveries={"999": "leave", "999010": "always", "gdv-changes": "leave", "mail": "leave", "140": "always"},
    )
    pulled = office.pull()
    assert office.states() == {"A": "acknowledged", "B": "acknowledged", "C": "left", "D": "acknowledged"}
    assert (pulled["exit_code"], {each["id"]: each["state"] for each in pulled["shipments"]}["C"]) == (0, "left")
    assert office.pull()["exit_code"] == 0
    assert "C" not in {call.get("shipment") for call in office.calls()}


def test_what_is_asked_for_by_its_id_is_fetched_whatever_the_rule(office):
    office.opens(office.shipment("A", category=PORTFOLIO), deliveries={"gdv-portfolio": "leave"})
    assert office.pull("--shipment", "A")["acknowledged"] == 1


@pytest.mark.parametrize(("deliveries", "asked"), [({}, []), ({"gdv-portfolio": "leave"}, ["--shipment", "A"])])
def test_what_was_left_is_fetched_once_the_rule_is_withdrawn_or_it_is_asked_for(office, deliveries, asked):
    office.opens(office.shipment("A", category=PORTFOLIO), deliveries={"gdv-portfolio": "leave"})
    office.pull()
    assert office.states() == {"A": "left"}
    office.configure(deliveries=deliveries)
    (plan,) = office.pull(*asked, "--dry-run")["planned"]
    assert (plan["to_fetch"], plan["to_acknowledge"]) == (1, 1)
    assert office.pull(*asked)["acknowledged"] == 1


@pytest.mark.parametrize("rule", ["weekly", "monthly"])
def test_of_several_deliveries_that_are_due_the_newest_is_fetched(office, rule):
    shipments = [
        office.shipment(f"of-day-{day}", category=PORTFOLIO).replace("2026-03-01", f"2026-03-0{day}")
        for day in (2, 3, 1)
    ]
    office.opens(*shipments, deliveries={"gdv-portfolio": rule})
    (plan,) = office.pull("--dry-run")["planned"]
    assert (plan["listed"], plan["to_fetch"]) == (3, 1)
    office.pull()
    assert office.states() == {"of-day-1": "left", "of-day-2": "left", "of-day-3": "acknowledged"}


def test_what_a_rule_leaves_at_the_insurer_stands_in_the_audit_log(office):
    office.opens(office.shipment("A", category=PORTFOLIO), deliveries={"gdv-portfolio": "leave"})
    office.pull()
    (decision,) = office.records("ack.decision")
    assert (decision["shipment"], decision["outcome"]) == ("A", "leave")
    assert decision["detail"] == "the rule for gdv-portfolio leaves it at the insurer"

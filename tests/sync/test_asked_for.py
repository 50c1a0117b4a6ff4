import pytest


def asked(office, *arguments):
    """Pulls what is asked for; returns the exit code and the remarks about that."""
    pulled = office.pull(*arguments)
    return pulled["exit_code"], [each for each in pulled["remarks"] if "asked for" in each]


def test_what_an_operator_holds_is_said_with_the_way_to_end_it(office):
    office.opens(*map(office.shipment, "AB"))
    office.pull("--shipment", "A", "--no-ack")
    for shipment, what in (("A", "acknowledged"), ("B", "fetched")):
        office.run("shipments", "hold", shipment, "--reason", "a question")
        for dry in ((), ("--dry-run",)):
            code, [remark] = asked(office, "--shipment", shipment, *dry)
            assert code == 3
            assert remark == (
                f"Shipment {shipment} of muster, which was asked for, was not {what}, because an operator holds it; "
                f"`bipro-sync shipments release {shipment} --reason …` ends that."
            )
    assert office.states() == {"A": "held", "B": "held"}


def test_what_is_in_quarantine_or_in_conflict_or_refused_is_said_with_what_an_operator_may_decide(office):
    office.opens(
        *map(office.shipment, "ABC"),
        office.fault("getShipment", "other-id", shipment="A"),
        office.fault("acknowledgeShipment", "nok", shipment="B", code="04004"),
    )
    office.pull("--no-ack", "--shipment", "C")
    office.pull("--shipment", "A", "--shipment", "B")
    office.opens(
        *map(office.shipment, "AB"),
        office.shipment("C").replace("2026-03-01", "2026-04-01"),
        office.fault("getShipment", "other-bytes", shipment="C"),
    )
    office.pull()
    assert office.states() == {"A": "quarantined", "B": "ack_refused", "C": "conflict"}
    before = len(office.calls("getShipment"))

    code, remarks = asked(office, "--shipment", "A", "--shipment", "B", "--shipment", "C")

    assert (code, len(remarks), len(office.calls("getShipment"))) == (3, 3, before)
    assert (
        "A of muster, which was asked for, was not fetched again, because what came is in quarantine (other-id"
        in (remarks[0])
    )
    assert "B of muster, which was asked for, is stored, and muster refused its acknowledgement" in remarks[1]
    assert "C of muster, which was asked for, was not fetched again, because the insurer delivered other" in remarks[2]
    for shipment, remark in zip("ABC", remarks, strict=True):
        assert f"`bipro-sync shipments retry {shipment} --reason …`" in remark


def test_what_is_acknowledged_already_is_no_trouble(office):
    office.opens(*map(office.shipment, "AB"))
    office.pull()
    for dry in ((), ("--dry-run",)):
        code, [remark] = asked(office, "--shipment", "A", *dry)
        assert code == 0
        assert remark == (
            "Shipment A of muster, which was asked for, is stored and acknowledged; `bipro-sync shipments show A` "
            "shows what came."
        )
    code, remarks = asked(office, "--shipment", "A", "--shipment", "NONE")
    assert (code, len(remarks)) == (3, 2)
    assert remarks[1] == "muster lists no shipment NONE, which was asked for."


def test_what_has_vanished_is_said_with_whom_to_ask(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "html"))
    office.pull()
    office.opens(office.shipment("B"))
    for _ in range(2):
        office.pull()
    assert office.states()["A"] == "vanished"
    code, [remark] = asked(office, "--shipment", "A")
    assert code == 3
    assert remark == (
        "Shipment A of muster, which was asked for, has vanished (not in two complete lists); ask muster, it is "
        "fetched once it is listed again."
    )


def test_what_failed_and_still_rests_is_tried_at_once_and_needs_no_word(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "html", times=1))
    office.pull()
    assert office.states() == {"A": "failed"}
    assert asked(office, "--shipment", "A") == (0, [])
    assert office.states() == {"A": "acknowledged"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--limit", "1"), "1 other(s) came before it; pull again, or without --limit."),
        (("--since", "2026-04-01"), "it was posted before 2026-04-01; pull it without --since."),
    ],
)
def test_what_other_options_left_out_is_said_too(office, options, why):
    newer = office.shipment("B").replace("2026-03-01", "2026-04-02")
    older = office.shipment("A") if options[0] == "--since" else newer.replace('"B"', '"C"')
    office.opens(older, newer)
    passed_over = "A" if options[0] == "--since" else "C"

    code, remarks = asked(office, "--shipment", "B", "--shipment", passed_over, *options)

    assert (code, remarks) == (
        3,
        [f"Shipment {passed_over} of muster, which was asked for, was left alone, because {why}"],
    )
    assert office.states() == {"B": "acknowledged", passed_over: "listed"}


def test_only_the_insurer_that_has_it_speaks_and_none_where_one_has_fetched_it(office):
    office.opens(office.shipment("A"))
    office.opens(office.shipment("A"), office.shipment("B"), name="zweite")
    office.pull("--insurer", "muster")
    _, document = office.ask("pull", "--shipment", "A")
    assert [each["remarks"] for each in document["insurers"]] == [[], []]
    code, document = office.ask("pull", "--shipment", "A")
    assert code == 0
    assert [len(each["remarks"]) for each in document["insurers"]] == [1, 1], "both have stored one"
    office.run("shipments", "hold", "B", "--reason", "a question")
    code, document = office.ask("pull", "--shipment", "B")
    assert (code, [each["exit_code"] for each in document["insurers"]]) == (3, [0, 3])
    assert document["insurers"][0]["remarks"] == []

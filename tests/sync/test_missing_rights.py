import pytest


PORTFOLIO = "999010010"
REFUSALS = [("fault", {"codes": ["00920"]}), ("nok", {"code": "00920"})]


def denied(office, **arguments):
    return office.fault("getShipment", "fault", codes=["00920"], **arguments)


def mixed(office):
    yield office.shipment("M")
    for name in ("P1", "P2", "P3"):
        yield office.shipment(name, category=PORTFOLIO)
    yield office.shipment("Z")


def fetched(office):
    return [call["shipment"] for call in office.calls("getShipment")]


def told(office):
    return office.ask("status")[1]["insurers"][0]["missing_rights"]


@pytest.mark.parametrize(("do", "how"), REFUSALS)
def test_the_first_of_a_kind_fails_the_others_of_it_stay_listed_and_other_kinds_go_on(office, do, how):
    office.opens(
        *mixed(office), *(office.fault("getShipment", do, shipment=f"P{n}", **how) for n in (1, 2, 3)), profile="ruv"
    )

    pulled = office.pull()

    assert office.fired() == [("getShipment", "P1", do)]
    assert (pulled["exit_code"], pulled["outcome"], pulled["error"]) == (3, "partial", None)
    assert fetched(office) == ["M", "P1", "Z"]
    assert office.states() == {
        "M": "acknowledged",
        "P1": "failed",
        "P2": "listed",
        "P3": "listed",
        "Z": "acknowledged",
    }
    (missing,) = pulled["missing_rights"]
    assert missing["kind"] == "gdv-portfolio"
    assert "GDV" in missing["right"]
    remark = next(each for each in pulled["remarks"] if "no right to shipments of the kind gdv-portfolio" in each)
    assert missing["right"] in remark
    assert "2 more of that kind stay listed and were not fetched: P2, P3." in remark
    reason = office.ask("shipments", "show", "P1")[1]["reason"]
    said = "HTTP 500: The account lacks the right" if do == "fault" else "The account lacks the right"
    assert reason.startswith(f"missing-right: {said}")
    outcome = next(each for each in office.records("call.outcome") if each.get("shipment") == "P1")
    assert "00920" in outcome["bipro_status"]
    assert outcome["detail"]
    assert office.records("session.end")[-1]["detail"] == "missing right: gdv-portfolio"


def test_no_strike_is_counted_and_the_insurer_counts_as_heard(office):
    office.opens(office.shipment("P", category=PORTFOLIO), denied(office))
    for _ in range(3):
        assert office.pull("--retry-failed")["exit_code"] == 3
    assert [call["effects"] for call in office.calls("login")] == [["token"]] * 3
    assert office.records("breaker.open") == []
    assert office.ask("status", "--max-age", "1 hour")[0] == 0


def test_status_and_doctor_tell_it_until_a_delivery_of_that_kind_succeeds(office):
    office.opens(*mixed(office), denied(office, shipment="P1"), profile="ruv")
    office.pull()
    (missing,) = told(office)
    assert missing["kind"] == "gdv-portfolio"
    assert "the right to shipments of the kind gdv-portfolio is missing since" in office.run("status")[1]
    assert "The right to shipments of the kind gdv-portfolio is missing" in office.run("doctor")[1]

    office.opens(office.shipment("N"), profile="ruv")
    office.pull()
    assert told(office) == [missing], "nothing of that kind was delivered"

    office.opens(*mixed(office), profile="ruv")
    assert office.pull("--retry-failed")["exit_code"] == 0
    assert told(office) == []
    assert set(office.states().values()) == {"acknowledged"}


def test_a_failed_shipment_of_the_kind_is_tried_again_as_others_are(office, clock):
    office.opens(*mixed(office), denied(office, shipment="P1"))
    office.pull_at(clock)
    office.opens(*mixed(office), denied(office, shipment="P1"))
    office.pull_at(clock)
    assert fetched(office) == ["M", "P1", "Z", "P2", "P3"], (
        "it is too early for P1, and P2 shows that the right is there"
    )
    clock.advance(minutes=5)
    office.pull_at(clock)
    assert fetched(office)[5:] == ["P1"]


@pytest.mark.parametrize(("do", "how"), REFUSALS)
def test_where_nothing_may_be_listed_the_insurer_ends_with_3_and_other_insurers_go_on(office, do, how):
    office.opens(office.shipment("A"), office.fault("listShipments", do, times=1, **how))
    office.opens(office.shipment("B"), name="zweite")

    code, document = office.ask("pull")

    first, second = document["insurers"]
    assert (code, first["exit_code"], first["outcome"]) == (3, 3, "partial")
    assert (first["error"]["code"], first["listed"]) == ("missing-right", 0)
    assert first["missing_rights"] == [{"kind": None, "right": None}]
    assert (second["exit_code"], second["acknowledged"], second["missing_rights"]) == (0, 1, [])
    assert office.records("breaker.open") == []
    assert [each["kind"] for each in told(office)] == [None]
    assert office.pull("--insurer", "muster")["acknowledged"] == 1
    assert told(office) == []


def test_what_is_stored_is_acknowledged_though_its_kind_may_no_longer_be_fetched(office):
    office.opens(office.shipment("P1", category=PORTFOLIO), acknowledge=None)
    office.pull()
    office.opens(
        *(office.shipment(name, category=PORTFOLIO) for name in ("P0", "P1", "P2")), denied(office), acknowledge="auto"
    )
    pulled = office.pull()
    assert office.states() == {"P0": "failed", "P1": "acknowledged", "P2": "listed"}
    assert (pulled["exit_code"], pulled["acknowledged"]) == (3, 1)


@pytest.mark.parametrize("how", ["fault-00920", "nok-00920", "http-403-fault"])
def test_however_an_insurer_denies_a_right_it_is_one_that_is_missing_and_no_session_is_given_up(office, how):
    office.opens(f'missing_rights = ["999010010"]\n[transfer]\nmissing_right = "{how}"\n', *mixed(office))
    pulled = office.pull()
    assert (pulled["exit_code"], [each["kind"] for each in pulled["missing_rights"]]) == (3, ["gdv-portfolio"])
    assert fetched(office) == ["M", "P1", "Z"]
    assert len(office.calls("login")) == 1

from datetime import date


def test_one_insurers_failure_stops_no_other_and_the_most_severe_code_wins(office):
    office.opens(office.shipment("A"), name="down")
    office.insurers["down"].stop()
    office.opens(office.shipment("B"), name="ended", contract_end=date(2026, 1, 1))
    office.opens(office.shipment("C"), name="fine")
    office.opens(office.shipment("D"), name="wrong", transfer_url="http://insurer.example/transfer")
    office.opens(
        office.shipment("E"), office.fault("getShipment", "nok"), name="partial", contract_end=date(2999, 12, 31)
    )

    code, document = office.ask("pull")

    found = {each["insurer"]: (each["exit_code"], each["outcome"]) for each in document["insurers"]}
    assert found == {
        "down": (13, "failed"),
        "ended": (17, "suspended"),
        "fine": (0, "ok"),
        "wrong": (10, "misconfigured"),
        "partial": (3, "partial"),
    }
    assert code == document["exit_code"] == 17
    assert office.states() == {"C": "acknowledged", "E": "failed"}
    assert office.calls(name="ended") == office.calls(name="wrong") == []
    errors = {each["insurer"]: each["error"]["code"] for each in document["insurers"] if each["error"]}
    assert errors == {
        "down": "unreachable",
        "ended": "not-permitted",
        "wrong": "configuration",
    }
    _, _, err = office.run("pull")
    for told in ("down", "The contract with ended ended on 2026-01-01", "The configuration of wrong cannot be used"):
        assert told in err

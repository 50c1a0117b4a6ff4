import pytest


def test_success_says_nothing_where_nobody_watches_and_a_line_a_shipment_else(office):
    office.opens(*map(office.shipment, "AB"), acknowledge="manual")
    office.pull()
    assert office.run("shipments", "hold", "A", "--reason", "a question") == (0, "", "")
    code, out, err = office.run("shipments", "release", "A", "--reason", "answered", "-v")
    assert (code, out, err) == (0, "A of muster: held, now stored\n", "")


def test_what_cannot_be_done_is_said_with_what_can_and_the_rest_is_done(office):
    office.opens(*map(office.shipment, "AB"), acknowledge="manual")
    office.pull()
    code, out, err = office.run("shipments", "retry", "A", "C", "--reason", "why not", "-v")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: Shipment A of muster is stored, not one to retry.",
        'hint: Possible now: hold, ack.  The next pull acknowledges it, where `acknowledge` is "auto".',
        "error: No shipment C is known.",
        "hint: See `bipro-sync shipments list`.",
    ]
    code, document = office.ask("shipments", "hold", "A", "C", "--reason", "why not")
    assert (code, document["exit_code"]) == (2, 2)
    done, unknown = document["decisions"]
    assert done == {
        "id": "A",
        "insurer": "muster",
        "decision": "hold",
        "from": "stored",
        "to": "held",
        "error": None,
    }
    assert (unknown["id"], unknown["insurer"], unknown["error"]["code"]) == ("C", None, "usage")


@pytest.mark.parametrize("decision", ["hold", "release", "retry", "ack"])
def test_every_decision_needs_an_id_and_a_reason(office, decision):
    office.opens()
    for words in (["A"], ["--reason", "why not"]):
        code, document = office.ask("shipments", decision, *words)
        assert (code, document["error"]["code"]) == (2, "usage")
    assert not office.archive.exists()


def test_the_stop_switch_says_what_it_did_where_somebody_watches(office):
    office.opens()
    assert office.run("insurers", "suspend", "muster", "--reason", "they move house") == (0, "", "")
    said = office.run("insurers", "resume", "muster", "--reason", "they have moved", "-v")
    assert said == (0, "muster may be pulled again.\n", "")
    said = office.run("insurers", "resume", "muster", "--reason", "they have moved", "-v")
    assert said == (0, "muster was not suspended.\n", "")
    assert office.run("insurers", "suspend", "nobody", "--reason", "they move house")[0] == 2

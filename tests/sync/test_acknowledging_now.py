import os

import pytest

from bipro_sync.audit import identify
from bipro_sync.config import load
from bipro_sync.insurers import effective
from bipro_sync.model.decisions import Decision
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import Verb
from bipro_sync.sync.decisions import decide
from bipro_sync.sync.workplace import open_workplace

from ..identities import at_a_terminal


def ack(office, *ids):
    """Acknowledges by decision; returns the exit code, and what became of each shipment."""
    code, document = office.ask("shipments", "ack", *ids, "--reason", "looked at", "--yes")
    return code, {each["id"]: (each["from"], each["to"]) for each in document["decisions"]}


def acknowledged(office):
    return [call["shipment"] for call in office.calls("acknowledgeShipment")]


@pytest.mark.parametrize("acknowledge", [None, "manual", "auto"])
def test_what_is_stored_is_acknowledged_whatever_the_configuration_says(office, acknowledge):
    office.opens(*map(office.shipment, "AB"), acknowledge=acknowledge)
    office.pull("--no-ack")
    assert ack(office, "B", "A", "B") == (0, {"B": ("stored", "acknowledged"), "A": ("stored", "acknowledged")})
    assert (acknowledged(office), len(office.calls("login"))) == (["B", "A"], 2)
    assert office.pull()["listed"] == 0


def test_what_no_pull_would_acknowledge_is_acknowledged_by_decision(office):
    office.opens(
        office.shipment("A", file='link = "https://insurer.example/file"'),
        *map(office.shipment, "BCD"),
        office.fault("acknowledgeShipment", "nok", shipment="B", code="04004", times=1),
        office.fault("acknowledgeShipment", "close", shipment="C", times=1),
    )
    office.pull("--no-ack", "--shipment", "D")
    office.run("shipments", "hold", "D", "--reason", "a question")
    office.pull()
    assert sorted(what for _, _, what in office.fired()) == ["close", "nok"]
    assert office.states() == {"A": "quarantined", "B": "ack_refused", "C": "ack_unknown", "D": "held"}
    assert ack(office, *"ABCD") == (
        0,
        {
            "A": ("quarantined", "acknowledged"),
            "B": ("ack_refused", "acknowledged"),
            "C": ("ack_unknown", "acknowledged"),
            "D": ("held", "acknowledged"),
        },
    )
    assert office.history("D")[-4:] == ["held", "stored", "ack_intent", "acknowledged"]


def test_what_was_answered_with_another_shipment_is_never_acknowledged(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "other-id", shipment="B", id="A", times=1))
    office.pull()
    assert ack(office, "B") == (2, {"B": ("quarantined", "quarantined")})
    assert acknowledged(office) == ["A"]
    _, _, err = office.run("shipments", "ack", "B", "--reason", "looked at", "--yes")
    assert "delivered another shipment, so the one meant is not stored" in err
    office.run("shipments", "retry", "B", "--reason", "once more")
    assert office.pull()["acknowledged"] == 1


def test_what_was_tampered_with_is_not_acknowledged_and_the_others_are(office):
    office.opens(*map(office.shipment, "AB"), acknowledge="manual")
    office.pull()
    (file,) = (office.archive / office.ask("shipments", "show", "A")[1]["path"]).glob("*.pdf")
    file.chmod(0o600)
    file.write_bytes(b"%PDF other")
    assert ack(office, "A", "B") == (15, {"A": ("stored", "stored"), "B": ("stored", "acknowledged")})
    assert acknowledged(office) == ["B"]


def test_an_acknowledgement_that_is_not_confirmed_is_3_and_says_why(office):
    office.opens(
        *map(office.shipment, "AB"),
        office.fault("acknowledgeShipment", "nok", shipment="A", code="04004"),
        office.fault("acknowledgeShipment", "lose-answer", shipment="B"),
        acknowledge="manual",
    )
    office.pull()
    code, _, err = office.run("shipments", "ack", "A", "B", "--reason", "looked at", "--yes")
    assert (code, office.states()) == (3, {"A": "ack_refused", "B": "ack_unknown"})
    assert "muster: shipment A is ack_refused: " in err
    assert [what for _, _, what in office.fired()] == ["nok", "lose-answer"]


def test_after_a_refused_login_none_follows_and_everything_is_as_it_was(office):
    office.opens(
        office.shipment("A"), office.shipment("B", file='link = "https://insurer.example/b"'), acknowledge="manual"
    )
    office.pull()
    office.password("falsch")
    for _ in range(2):
        assert ack(office, "A", "B") == (12, {"A": ("stored", "stored"), "B": ("quarantined", "quarantined")})
    assert (len(office.calls("login")), acknowledged(office)) == (2, [])


def test_an_insurer_that_asks_for_a_rest_is_left_alone_and_what_was_set_aside_stays_so(office):
    office.opens(
        office.shipment("A", file='link = "https://insurer.example/a"'),
        office.shipment("B"),
        office.fault("acknowledgeShipment", "status", status=429, retry_after=3600),
        acknowledge="manual",
    )
    office.pull()
    assert ack(office, "A", "B") == (13, {"A": ("quarantined", "quarantined"), "B": ("stored", "stored")})
    assert [shipment for _, shipment, _ in office.fired()] == ["A"]


def test_a_suspended_insurer_is_asked_nothing_by_decision_either(office):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    office.run("insurers", "suspend", "muster", "--reason", "they move house")
    before = len(office.calls())
    assert ack(office, "A") == (17, {"A": ("stored", "stored")})
    assert len(office.calls()) == before


def test_nobody_acknowledges_with_another_s_certificate(office):
    person = '[users.{}]\nname = "Erika Erfunden"\nlogin = "{}"\nrole = "admin"\nactive_from = 2020-01-01\n'
    office.head = (
        '[audit]\nresponsible = "u002"\nanchors = "none"\n[alerts]\nnone = true\n'
        f"{person.format('u001', identify().os_user)}{person.format('u002', 'colleague')}"
    )
    office.opens('login = "certificate"\n', office.shipment("A"), environment="production", acknowledge="manual")
    office.configure(auth=office.by_certificate(kind="personal") | {"owner": "u001"})
    office.pull()
    before = len(office.calls())
    config = load(office.config)
    colleague = at_a_terminal("colleague")
    with open_workplace(config, SystemClock(), Verb.SHIPMENTS_ACK, identity=colleague) as place:
        decided = decide(place, effective(config), Decision.ACK, place.queries.find("A"), "looked at")
    assert (decided[0].exit_code, decided[0].error.code, len(office.calls())) == (17, "not-permitted", before)
    (refused,) = office.records("access.refused")
    assert (refused["principal"], refused["operation"], refused["outcome"]) == (
        "u002",
        "shipments ack",
        "not-permitted",
    )
    assert ack(office, "A")[0] == 0


def test_without_a_terminal_nothing_is_acknowledged_unasked(office):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    code, document = office.ask("shipments", "ack", "A", "--reason", "looked at")
    assert (code, document["error"]["hint"]) == (2, "Add --yes.")
    assert (acknowledged(office), office.records("operator.decision")) == ([], [])


@pytest.mark.parametrize(("answer", "code", "state"), [("n", 130, "stored"), ("y", 0, "acknowledged")])
def test_at_a_terminal_it_asks_first_and_names_what_would_be_deleted(office, answer, code, state):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    ours, theirs = os.openpty()
    child = office.start("shipments", "ack", "A", "--reason", "looked at", terminal=theirs, stdin=theirs)
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    while b"stored" not in said or b"?" not in said:
        said += os.read(ours, 4096)
    assert "A of muster: stored" in said.decode()
    assert "The insurer deletes it after that." in said.decode()
    assert child.wait() == code
    os.close(ours)
    assert office.states() == {"A": state}

import pytest

from bipro_sync.audit import AuditLog
from bipro_sync.catalog import Ledger
from bipro_sync.errors import DiskFullError


WHY = ("--reason", "decided in the office")


def decide(office, decision, *ids, insurer=None):
    """Decides; returns the exit code, and what became of each shipment."""
    words = [*ids, *WHY, *(["--insurer", insurer] if insurer else []), *(["--yes"] if decision == "ack" else [])]
    code, document = office.ask("shipments", decision, *words)
    assert code == document["exit_code"]
    return code, {each["id"]: each for each in document["decisions"]}


def moves(decided):
    return {shipment: (each["from"], each["to"]) for shipment, each in decided.items()}


def acknowledged(office):
    return [call["shipment"] for call in office.calls("acknowledgeShipment")]


def fetched(office):
    return [call["shipment"] for call in office.calls("getShipment")]


def test_what_is_held_before_it_is_fetched_stays_at_the_insurer_until_it_is_released(office):
    office.opens(*map(office.shipment, "ABC"), office.fault("getShipment", "html", shipment="A", times=1))
    office.pull("--limit", "2")
    assert office.states() == {"A": "failed", "B": "acknowledged", "C": "listed"}

    code, decided = decide(office, "hold", "A", "C")

    assert (code, moves(decided)) == (0, {"A": ("failed", "held"), "C": ("listed", "held")})
    for asked in ([], ["--retry-failed"]):
        assert office.pull(*asked)["exit_code"] == 0
    assert office.pull("--shipment", "C")["exit_code"] == 3
    assert (fetched(office), office.states()) == (["A", "B"], {"A": "held", "B": "acknowledged", "C": "held"})

    code, decided = decide(office, "release", "A", "C")

    assert (code, moves(decided)) == (0, {"A": ("held", "listed"), "C": ("held", "listed")})
    assert office.pull()["acknowledged"] == 2
    assert office.history("A")[-6:] == ["held", "listed", "fetching", "stored", "ack_intent", "acknowledged"]


def test_what_is_held_after_it_is_stored_is_not_acknowledged_until_it_is_released(office):
    office.opens(*map(office.shipment, "AB"), office.fault("acknowledgeShipment", "close", shipment="B", times=1))
    office.pull("--no-ack", "--shipment", "A")
    office.pull("--shipment", "B")
    code, decided = decide(office, "hold", "A", "B")
    assert (code, moves(decided)) == (0, {"A": ("stored", "held"), "B": ("ack_unknown", "held")})
    office.pull()
    assert acknowledged(office) == ["B"]
    assert moves(decide(office, "release", "A", "B")[1]) == {"A": ("held", "stored"), "B": ("held", "stored")}
    assert office.pull()["acknowledged"] == 2
    assert (fetched(office), sorted(acknowledged(office))) == (["A", "B"], ["A", "B", "B"])


def test_what_was_held_with_its_acknowledgement_on_the_way_is_settled_in_the_end(office):
    office.opens(office.shipment("A"), office.fault("acknowledgeShipment", "lose-answer", times=1))
    office.pull()
    decide(office, "hold", "A")
    office.pull()
    assert office.states() == {"A": "held"}
    decide(office, "release", "A")
    for _ in range(2):
        assert office.pull()["exit_code"] == 0
    assert office.states() == {"A": "acknowledged"}


def test_a_failed_shipment_is_due_at_once_by_decision(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "html", times=1))
    office.pull()
    office.pull()
    assert fetched(office) == ["A"], "it is too early for another try"
    assert moves(decide(office, "retry", "A")[1]) == {"A": ("failed", "listed")}
    assert office.pull()["acknowledged"] == 1


def test_what_is_quarantined_is_fetched_and_judged_once_more_and_the_first_bytes_stay(office):
    foreign = ', Vermittler = { Vermittlernummer = "ERF-4711" }'
    office.opens(office.shipment("A", fields=foreign), broker_numbers=["ERF-0815"])
    office.pull()
    first = office.stored()
    assert moves(decide(office, "retry", "A")[1]) == {"A": ("quarantined", "listed")}
    assert office.ask("shipments", "show", "A")[1]["path"] is None
    assert office.ask("archive", "verify")[0] == 0
    office.pull()
    assert office.states() == {"A": "quarantined"}, "nothing has changed"
    assert decide(office, "retry", "A")[0] == 0
    office.configure(broker_numbers=["ERF-0815", "ERF-4711"])

    assert office.pull()["acknowledged"] == 1

    shown = office.ask("shipments", "show", "A")[1]
    assert shown["path"].startswith("shipments/muster/")
    kept = next(step["reason"] for step in shown["history"] if step["to"] == "listed" and step["from"])
    assert kept.startswith("retry by an operator: decided in the office; what came before stays at quarantine/muster/")
    assert office.stored().items() > first.items()
    assert office.ask("archive", "verify")[0] == 0


def test_what_was_quarantined_and_is_held_before_it_comes_again_is_not_taken_for_stored(office):
    office.opens(office.shipment("A", file='link = "https://insurer.example/file"'))
    office.pull()
    for decision in ("retry", "hold"):
        assert decide(office, decision, "A")[0] == 0
    assert decide(office, "ack", "A")[0] == 2
    assert moves(decide(office, "release", "A")[1]) == {"A": ("held", "listed")}


@pytest.fixture
def conflict(office):
    """A shipment that is stored, and under whose id the insurer now delivers another letter, listed just the same."""
    office.opens(office.shipment("A"))
    office.pull()
    office.again = lambda **file: (
        office.insurers["muster"].stop(),
        (office.root / "insurer-muster" / "calls.jsonl").unlink(),
        office.opens(office.shipment("A", **file)),
    )
    office.again(file='document = "rechnung.pdf"')
    office.pull()
    assert office.states() == {"A": "conflict"}
    return office


def test_a_conflict_is_compared_once_more_and_never_acknowledged_unseen(conflict):
    first = conflict.stored()
    assert moves(decide(conflict, "retry", "A")[1]) == {"A": ("conflict", "stored")}
    conflict.pull()
    assert (conflict.states(), acknowledged(conflict)) == ({"A": "conflict"}, [])
    assert conflict.stored().items() > first.items()
    decide(conflict, "retry", "A")
    conflict.again()
    pulled = conflict.pull()
    assert (pulled["exit_code"], pulled["fetched"], pulled["acknowledged"]) == (0, 1, 1)
    assert conflict.ask("archive", "verify")[0] == 0


def test_a_conflict_is_acknowledged_by_decision_only_while_both_deliveries_are_what_came(conflict):
    (other,) = (conflict.archive / "quarantine").rglob("*.pdf")
    whole = other.read_bytes()
    other.chmod(0o600)
    other.write_bytes(whole[:-1])
    code, decided = decide(conflict, "ack", "A")
    assert (code, decided["A"]["error"]["code"], moves(decided)) == (15, "integrity", {"A": ("conflict", "conflict")})
    assert (acknowledged(conflict), conflict.records("operator.decision")) == ([], [])
    other.write_bytes(whole)
    assert moves(decide(conflict, "ack", "A")[1]) == {"A": ("conflict", "acknowledged")}
    assert acknowledged(conflict) == ["A"]


def test_a_refused_acknowledgement_is_repeated_by_the_next_pull_if_so_decided(office):
    office.opens(office.shipment("A"), office.fault("acknowledgeShipment", "nok", code="04004", times=1))
    office.pull()
    assert moves(decide(office, "retry", "A")[1]) == {"A": ("ack_refused", "stored")}
    assert office.pull()["acknowledged"] == 1
    assert (fetched(office), acknowledged(office)) == (["A"], ["A", "A"])


def test_a_decision_is_on_record_before_it_takes_effect_and_tells_all_there_is_to_know(office):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    decide(office, "hold", "A")
    decide(office, "ack", "A")
    held, acked = office.records("operator.decision")
    facts = {"insurer": "muster", "account": "muster", "shipment": "A", "detail": "decided in the office"}
    assert held.items() > (facts | {"outcome": "hold"}).items()
    assert acked.items() > (facts | {"outcome": "ack"}).items()
    after = [record for record in office.records() if record["seq"] > acked["seq"]]
    told = [(each["type"], each.get("operation")) for each in after if each["type"] != "call.outcome"]
    assert told[:3] == [
        ("call.intent", "RequestSecurityToken"),
        ("ack.decision", None),
        ("call.intent", "acknowledgeShipment"),
    ]
    assert "by an operator: decided in the office" in after[2]["detail"]
    assert office.ask("audit", "verify")[0] == 0


def test_what_cannot_be_put_on_record_does_not_happen(office, monkeypatch):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    refused = []

    def full(_log, record_type, **facts):
        refused.append((record_type, facts["outcome"]))
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(AuditLog, "write", full)
    for command in (("shipments", "hold", "A"), ("shipments", "ack", "A", "--yes"), ("insurers", "suspend", "muster")):
        assert office.ask(*command, *WHY)[0] == 14
    assert refused == [("operator.decision", outcome) for outcome in ("hold", "ack", "suspend")]
    monkeypatch.undo()
    assert (office.states(), acknowledged(office)) == ({"A": "stored"}, [])
    assert office.ask("insurers", "show", "muster")[1]["suspended"] is None


def test_a_decision_that_is_on_record_and_did_not_happen_may_be_said_again(office, monkeypatch):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()

    def died(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(Ledger, "move", died)
    assert office.ask("shipments", "hold", "A", *WHY)[0] == 130
    monkeypatch.undo()
    assert office.states() == {"A": "stored"}
    assert moves(decide(office, "hold", "A")[1]) == {"A": ("stored", "held")}
    assert [record["outcome"] for record in office.records("operator.decision")] == ["hold", "hold"]


def test_what_a_state_does_not_allow_says_what_it_does_and_stops_no_other(office):
    office.opens(
        *map(office.shipment, "ABD"),
        office.shipment("C", category="999010010"),
        office.fault("getShipment", "html", shipment="A"),
        acknowledge="manual",
        deliveries={"gdv-portfolio": "leave"},
    )
    office.pull()
    office.opens(office.shipment("D"), name="zweite")
    office.run("pull", "--insurer", "zweite")

    code, decided = decide(office, "ack", "A", "B", "C", "D", "E")

    assert code == 2
    assert moves(decided) == {
        "A": ("failed", "failed"),
        "B": ("stored", "acknowledged"),
        "C": ("left", "left"),
        "D": (None, None),
        "E": (None, None),
    }
    said = {shipment: each["error"] and each["error"]["message"] for shipment, each in decided.items()}
    assert said == {
        "A": "Shipment A of muster is failed, not stored, and nothing is acknowledged unfetched.",
        "B": None,
        "C": "Shipment C of muster is left, not stored, and nothing is acknowledged unfetched.",
        "D": "Several insurers have a shipment D: muster, zweite.",
        "E": "No shipment E is known.",
    }
    assert decided["A"]["error"]["hint"] == "Possible now: hold, retry."
    assert "`bipro-sync pull --shipment ID` fetches it" in decided["C"]["error"]["hint"]
    assert decided["D"]["error"]["hint"] == "Add --insurer NAME."
    assert acknowledged(office) == ["B"]
    assert [record["shipment"] for record in office.records("operator.decision")] == ["B"]
    assert decide(office, "hold", "D", insurer="muster")[0] == 0


def test_a_decision_waits_for_nobody_and_changes_nothing_while_a_run_holds_the_account(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "stall", shipment="A", seconds=2, times=1))
    holder = office.start("pull")
    office.under_way("getShipment")
    code, decided = decide(office, "hold", "B")
    assert (code, decided["B"]["error"]["code"], moves(decided)) == (11, "busy", {"B": ("listed", "listed")})
    assert decided["B"]["error"]["hint"].startswith("Nothing was decided.")
    assert holder.poll() is None, "the holder was still at work"
    holder.communicate()
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert (office.fired(), office.records("operator.decision")) == ([("getShipment", "A", "stall")], [])


@pytest.mark.parametrize(
    ("operation", "decision", "before", "after"),
    [("getShipment", "hold", "listed", "held"), ("acknowledgeShipment", "ack", "ack_unknown", "acknowledged")],
)
def test_what_a_killed_run_left_behind_is_put_right_before_anything_is_decided(
    office, operation, decision, before, after
):
    office.opens(office.shipment("A"), office.fault(operation, "stall", seconds=1, times=1))
    run = office.start("pull")
    office.under_way(operation)
    run.kill()
    run.communicate()
    office.until(office.fired)
    assert moves(decide(office, decision, "A")[1]) == {"A": (before, after)}


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_decided(office, reason):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    for command in (("shipments", "hold", "A"), ("insurers", "suspend", "muster"), ("insurers", "unblock", "muster")):
        code, document = office.ask(*command, "--reason", reason)
        assert (code, document["error"]["code"]) == (2, "usage")
    assert office.run("shipments", "hold", "A")[0] == 2
    assert office.records("operator.decision") == []


def test_a_shipment_of_an_insurer_that_is_no_longer_configured_may_be_held_and_not_acknowledged(office):
    office.opens(office.shipment("A"), acknowledge="manual")
    office.pull()
    del office._sections["muster"]
    office.opens(name="zweite")
    code, decided = decide(office, "ack", "A")
    assert (code, decided["A"]["error"]["message"]) == (
        2,
        "The configuration has no insurer muster, so nothing can be acknowledged there.",
    )
    assert decide(office, "hold", "A")[0] == 0

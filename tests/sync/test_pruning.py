import json
import shutil
from datetime import UTC, datetime

import pytest

from .conftest import TestClock
from .dying_prunes import today
from .lost_catalogue import lose, rebuild, shipments


CANARY = "Kanarienvogel"
LONG_AGO = datetime(2019, 12, 31, 22, 59, tzinfo=UTC)


@pytest.fixture
def mount(office):
    """Where the second copy of the office's archive is mounted."""
    directory = office.root / "mount"
    directory.mkdir()
    office.head = f'second_copy = "{directory}"\n{office.head}'
    return directory


def delivered(office, at, *names, category="100007000", **section):
    made = [office.shipment(name, category=category, fields=f', Freitext = "{CANARY}"') for name in names]
    office.opens(*(each.replace('"Police.pdf"', f'"{CANARY}.pdf"') for each in made), **section)
    return office.pull_at(TestClock(at))


def plan(office):
    code, document = office.ask("archive", "prune")
    assert code == 0, document
    return document


def prune(office):
    planned = plan(office)
    code, document = office.ask("archive", "prune", "--execute", planned["plan"], *today())
    assert (code, document["executed"]) == (0, True), document
    assert [each["path"] for each in document["shipments"]] == [each["path"] for each in planned["shipments"]]
    return document


def going(office):
    return [each["id"] for each in plan(office)["shipments"]]


def test_nothing_goes_by_itself_and_a_plan_changes_nothing(office):
    delivered(office, LONG_AGO, "A")
    before = office.stored()
    office.pull()
    found = plan(office)
    assert [(each["id"], each["kind"], each["free_from"]) for each in found["shipments"]] == [
        ("A", "mail", "2026-01-01")
    ]
    assert (found["executed"], office.stored()) == (False, before)
    assert "archive prune --execute" in office.run("archive", "prune")[1]


def test_what_is_over_gives_way_to_a_tombstone_and_everything_else_stays_as_it_was(office):
    delivered(office, LONG_AGO, "A")
    delivered(office, datetime(2019, 12, 31, 23, 0, tzinfo=UTC), "B")
    kept = {path: digest for path, digest in office.stored().items() if "/B/" in path}
    before = shipments(office)

    assert prune(office)["plan"]

    assert office.stored() == kept, "a second later it was another year in Berlin"
    (tombstone,) = (office.archive / "tombstones").rglob("*.json")
    said = json.loads(tombstone.read_text())
    assert CANARY not in tombstone.read_text()
    (record,) = [each for each in office.records("prune") if each.get("shipment")]
    assert (record["seq"], record["outcome"]) == (said["audit_seq"], "intended")
    assert said["manifest_sha256"] in record["detail"]
    assert office.records("prune")[-1]["outcome"] == "ok"
    assert office.states() == {"A": "acknowledged", "B": "acknowledged"}
    assert shipments(office)["A"] == before["A"] | {"files": []}
    assert office.ask("archive", "verify")[0] == office.ask("audit", "verify")[0] == 0
    assert plan(office)["shipments"] == []
    assert [each["id"] for each in office.ask("documents", "list")[1]] == ["B"]
    assert office.ask("documents", "search", CANARY)[1][0]["id"] == "B"


def test_a_shipment_that_went_is_shown_with_its_history_and_says_so(office):
    delivered(office, LONG_AGO, "A")
    prune(office)
    code, shown = office.ask("shipments", "show", "A")
    assert (code, shown["gone"], shown["fields"], shown["history"][-1]["to"]) == (0, True, [], "acknowledged")
    assert "A tombstone has their digests." in office.run("shipments", "show", "A")[1]


def test_of_what_went_no_word_is_left_below_the_root(office):
    delivered(office, LONG_AGO, "A")
    assert CANARY.lower().encode() in (office.archive / "catalog.db").read_bytes()
    prune(office)
    for path in office.archive.rglob("*"):
        assert not path.is_file() or CANARY.lower().encode() not in path.read_bytes().lower(), path


def test_a_rebuilt_catalogue_says_the_same_of_what_went(office):
    delivered(office, LONG_AGO, "A", "C")
    delivered(office, datetime(2026, 3, 1, tzinfo=UTC), "B")
    prune(office)
    before = shipments(office)
    lose(office)
    rebuild(office, "--verify")
    assert shipments(office) == before
    assert plan(office)["shipments"] == []
    assert office.ask("documents", "search", CANARY)[1][0]["id"] == "B"


def test_a_settlement_is_kept_two_years_longer_and_the_configuration_may_keep_longer(office):
    delivered(office, datetime(2018, 3, 1, tzinfo=UTC), "S", category="999050000")
    assert plan(office)["shipments"] == []
    delivered(office, datetime(2017, 3, 1, tzinfo=UTC), "T", category="999050000")
    delivered(office, datetime(2017, 3, 1, tzinfo=UTC), "M")
    assert going(office) == ["M", "T"]
    office.head += "[retention]\nmail = 20\n"
    office.write_config()
    assert going(office) == ["T"]


@pytest.mark.parametrize("acknowledge", [None, "manual"])
def test_what_is_not_acknowledged_stays(office, acknowledge):
    delivered(office, LONG_AGO, "A", acknowledge=acknowledge)
    found = plan(office)
    assert found["shipments"] == []
    assert [each["reason"] for each in found["stays"]] == ["it is stored, and only what is acknowledged is over"]
    office.run("shipments", "ack", "A", "--reason", "seen in the portal", "--yes")
    assert going(office) == ["A"]


@pytest.mark.parametrize("scope", [("A",), ("A", "--insurer", "muster"), ("--insurer", "muster"), ("--everything",)])
def test_what_is_held_stays_until_it_is_let_go_and_a_lost_state_forgets_no_hold(office, scope):
    delivered(office, LONG_AGO, "A")
    code, (hold,) = office.ask("archive", "keep", *scope, "--reason", "a lawsuit")
    assert code == 0
    (record,) = [each for each in office.records("operator.decision") if each["outcome"] == "keep"]
    assert (record["seq"], record["detail"]) == (hold["hold"], "a lawsuit")
    shutil.rmtree(office.archive / "state")
    assert going(office) == []
    assert f"hold {hold['hold']}" in plan(office)["stays"][0]["reason"]
    assert office.ask("archive", "kept")[1] == [hold]
    code, coverage = office.ask("audit", "coverage")
    assert (code, coverage["holds"]) == (0, [hold])
    assert office.run("archive", "let-go", str(hold["hold"]), "--reason", "it was settled")[0] == 0
    assert (office.ask("archive", "kept")[1], going(office)) == ([], ["A"])


def test_a_hold_of_another_insurer_or_shipment_holds_nothing_here(office):
    delivered(office, LONG_AGO, "A", "B")
    office.run("archive", "keep", "B", "--reason", "a lawsuit")
    assert going(office) == ["A"]


def test_a_hold_that_is_none_is_not_let_go_and_its_scope_must_be_said(office):
    delivered(office, LONG_AGO, "A")
    for arguments in (("let-go", "4711"), ("keep",), ("keep", "A", "--everything"), ("keep", "NONE")):
        assert office.run("archive", *arguments, "--reason", "x")[0] == 2
    assert office.records("operator.decision") == []


def test_a_plan_that_has_become_another_is_not_carried_out(office):
    delivered(office, LONG_AGO, "A")
    old = plan(office)["plan"]
    office.run("archive", "keep", "A", "--reason", "a lawsuit")
    before = office.stored()
    code, document = office.ask("archive", "prune", "--execute", old, *today())
    assert (code, document["error"]["code"], office.stored()) == (2, "usage", before)
    assert office.records("prune") == []


def test_a_catalogue_kept_aside_holds_the_same_words_and_is_named_first(office):
    delivered(office, LONG_AGO, "A")
    rebuild(office)
    found = plan(office)
    assert "kept aside" in found["in_the_way"][0]
    before = office.stored()
    assert office.ask("archive", "prune", "--execute", found["plan"], *today())[0] == 2
    assert office.stored() == before
    for path in office.archive.glob("catalog.db.2*"):
        path.unlink()
    prune(office)
    assert office.stored() == {}


def test_the_second_copy_is_treated_alike_and_a_new_one_gets_the_tombstones(office, mount):
    delivered(office, LONG_AGO, "A", ack_after="second_copy")
    delivered(office, datetime(2026, 3, 1, tzinfo=UTC), "B", ack_after="second_copy")
    prune(office)
    for root in (office.archive, mount):
        assert [path.parent.name for path in (root / "shipments").rglob("manifest.json")] == ["B"]
        assert [path.stem for path in (root / "tombstones").rglob("*.json")] == ["A"]
    assert office.ask("archive", "compare")[0] == 0
    assert office.ask("archive", "copy")[0] == 0
    for path in mount.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert office.ask("archive", "copy", "--take")[0] == 0
    assert [path.stem for path in (mount / "tombstones").rglob("*.json")] == ["A"]
    assert office.ask("archive", "compare")[0] == 0


def test_without_its_second_copy_nothing_goes(office, mount):
    delivered(office, LONG_AGO, "A", ack_after="second_copy")
    before = office.stored()
    mount.rename(office.root / "unmounted")
    found = plan(office)
    code, document = office.ask("archive", "prune", "--execute", found["plan"], *today())
    assert (code, document["error"]["code"]) == (14, "second-copy")
    assert office.stored() == before
    assert not (office.archive / "tombstones").exists()


def test_a_forged_tombstone_shows_and_is_no_excuse_for_what_is_missing(office):
    delivered(office, LONG_AGO, "A", "B")
    office.run("archive", "keep", "B", "--reason", "a lawsuit")
    prune(office)
    (real,) = (office.archive / "tombstones").rglob("A.json")
    said = json.loads(real.read_text())
    (manifest,) = (office.archive / "shipments").rglob("manifest.json")
    said["path"] = said["path"][:-1] + "B"
    said["manifest"]["shipment"] = "B"
    real.with_name("B.json").write_text(json.dumps(said))
    place = manifest.parent
    place.chmod(0o700)
    shutil.rmtree(place)
    code, document = office.ask("archive", "verify")
    assert code == 15
    assert any("the audit log knows nothing of it" in each["problem"] for each in document["findings"])


def listed_anew(office, shipment):
    """The insurer lists what was acknowledged long ago, and knows nothing of that."""
    (office.root / "insurer-muster" / "calls.jsonl").unlink()
    office.opens(shipment)
    return office.pull()


def test_what_is_listed_again_after_it_went_is_compared_and_not_acknowledged(office):
    delivered(office, LONG_AGO, "A")
    prune(office)
    customer = office.shipment("A", fields=f', Freitext = "{CANARY}"').replace('"Police.pdf"', f'"{CANARY}.pdf"')
    for _ in range(2):
        pulled = listed_anew(office, customer)
        assert "its tombstone is" in pulled["error"]["message"]
        assert office.calls("acknowledgeShipment") == []
        assert (office.states(), office.stored()) == ({"A": "acknowledged"}, {})


def test_another_shipment_under_the_id_of_one_that_went_is_a_conflict_and_kept(office):
    delivered(office, LONG_AGO, "A")
    prune(office)
    listed_anew(office, office.shipment("A"))
    assert office.states() == {"A": "conflict"}
    assert any(path.startswith("quarantine/") for path in office.stored())
    assert office.calls("acknowledgeShipment") == []


def test_what_came_for_another_broker_goes_from_the_quarantine_and_a_rebuild_says_the_same(office):
    foreign = f', Vermittler = {{ Vermittlernummer = "{CANARY}" }}'
    office.opens(office.shipment("A", fields=foreign), broker_numbers=["ERF-4711"])
    office.pull_at(TestClock(LONG_AGO))
    assert "quarantined" in plan(office)["stays"][0]["reason"]
    office.run("shipments", "ack", "A", "--reason", "it is not ours", "--yes")
    assert [each["path"].split("/")[0] for each in prune(office)["shipments"]] == ["quarantine"]
    assert office.stored() == {}
    before = shipments(office)
    lose(office)
    rebuild(office)
    assert shipments(office) == before
    assert (plan(office)["shipments"], office.ask("archive", "verify")[0]) == ([], 0)

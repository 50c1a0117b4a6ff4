import json
import shutil
import threading
import time

import pytest

from bipro_sync.archive import Layout
from bipro_sync.config import load
from bipro_sync.errors import IntegrityError, StorageError
from bipro_sync.insurers import effective
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.rights import Verb
from bipro_sync.sync import suspension
from bipro_sync.sync.progress import Progress
from bipro_sync.sync.pull import pull
from bipro_sync.sync.selection import PullOptions
from bipro_sync.sync.stop_switch import suspension_of
from bipro_sync.sync.workplace import open_workplace

from ..profiles import ENDING_SESSIONS


def suspend(office, reason="they move house", name="muster"):
    code, document = office.ask("insurers", "suspend", name, "--reason", reason)
    assert code == 0
    return document["suspended"]


@pytest.fixture
def two(office):
    """An office with two insurers of one account each."""
    office.opens(office.shipment("A"))
    office.opens(office.shipment("B"), name="zweite")
    return office


def test_a_suspended_insurer_is_sent_nothing_and_the_others_go_on(two):
    suspended = suspend(two)

    first, second = (two.pull(name=name) for name in ("muster", "zweite"))

    assert (first["exit_code"], first["outcome"], first["error"]["code"]) == (17, "suspended", "suspended")
    since = suspended["since"][:16].replace("T", " ")
    assert first["error"]["message"] == (
        f"muster is suspended since {since} UTC (they move house), so nothing was sent."
    )
    assert "insurers resume muster" in first["error"]["hint"]
    assert two.calls() == []
    refused, _ = two.records("access.refused")
    assert (refused["insurer"], refused["operation"], refused["outcome"]) == ("muster", "pull", "suspended")
    assert {record["insurer"] for record in two.records("call.intent")} == {"zweite"}
    assert (second["exit_code"], two.states()) == (0, {"B": "acknowledged"})
    assert two.pull("--insurer", "muster", "--dry-run")["exit_code"] == 17


def test_it_is_shown_wherever_insurers_are(two):
    two.pull()
    suspended = suspend(two)
    assert suspended["reason"] == "they move house"
    for page in ("list", "show"):
        document = two.ask("insurers", page, *(["muster"] if page == "show" else []))[1]
        assert (document if page == "show" else document[0])["suspended"] == suspended
    assert two.ask("insurers", "list")[1][1]["suspended"] is None
    assert "suspended" in two.run("insurers", "list")[1].splitlines()[1].split()
    assert "  reason = they move house\n" in two.run("insurers", "show", "muster")[1]
    summary, other = two.ask("status")[1]["insurers"]
    assert (summary["suspended"], other["suspended"]) == (suspended, None)
    assert "muster: suspended since " in two.run("status")[1]
    code, examined = two.ask("doctor")
    (found,) = [check for check in examined["checks"] if check["id"] == "suspension"]
    assert (code, found["verdict"], found["insurer"]) == (0, "warn", "muster")
    assert "they move house" in found["sentence"]


def test_what_is_resumed_is_pulled_again(two):
    suspend(two)
    for was_suspended in (True, False):
        code, document = two.ask("insurers", "resume", "muster", "--reason", "they have moved")
        assert (code, document) == (0, {"insurer": "muster", "was_suspended": was_suspended})
    assert two.pull()["acknowledged"] == 1
    told = [(each["insurer"], each["account"], each["outcome"]) for each in two.records("operator.decision")]
    assert told == [("muster", "muster", outcome) for outcome in ("suspend", "resume", "resume")]
    assert two.records("operator.decision")[0]["detail"] == "they move house"


def test_suspended_twice_it_keeps_its_first_time_and_the_last_reason(two):
    first = suspend(two)
    assert suspend(two, "still moving") == first | {"reason": "still moving"}


def test_it_survives_a_lost_catalogue_and_a_restored_one(two):
    two.pull()
    backup = two.root / "backup.db"
    shutil.copy(two.archive / "catalog.db", backup)
    suspend(two)
    for leftover in two.archive.glob("catalog.db*"):
        leftover.unlink()
    assert two.ask("insurers", "list")[1][0]["suspended"]
    shutil.copy(backup, two.archive / "catalog.db")
    assert two.pull()["exit_code"] == 17


@pytest.mark.parametrize("lost", ["state", "state/suspensions"])
def test_it_survives_lost_files_because_the_log_knows_it(two, lost):
    two.pull()
    first = suspend(two)
    suspended = suspend(two, "still moving")
    assert suspended["since"] == first["since"]
    before = len(two.calls())
    shutil.rmtree(two.archive / lost)

    assert [each["suspended"] for each in two.ask("insurers", "list")[1]] == [suspended, None]
    assert (two.pull()["exit_code"], len(two.calls())) == (17, before)

    assert [each["suspended"] for each in two.ask("status")[1]["insurers"]] == [suspended, None]
    assert (two.archive / "state" / "suspensions" / "muster.json").exists()
    assert two.ask("insurers", "show", "muster")[1]["suspended"] == suspended
    two.ask("insurers", "resume", "muster", "--reason", "they have moved")
    shutil.rmtree(two.archive / lost)
    assert two.pull()["exit_code"] == 0


def test_a_rebuild_believes_the_log_over_files_of_an_older_backup(two):
    two.pull()
    backups = {}
    for name, command in (("before", None), ("suspended", "suspend"), ("resumed", "resume")):
        if command:
            two.ask("insurers", command, "muster", "--reason", "they move house")
        backups[name] = two.root / name
        shutil.copytree(two.archive, backups[name])
    for log, state, code in (("suspended", "before", 17), ("resumed", "suspended", 0)):
        two.archive.rename(two.root / f"instead of {log}")
        shutil.copytree(backups[log], two.archive)
        shutil.rmtree(two.archive / "state")
        shutil.copytree(backups[state] / "state", two.archive / "state")
        assert bool(two.ask("insurers", "show", "muster")[1]["suspended"]) is (code == 0)
        assert two.ask("archive", "rebuild")[0] == 0
        assert two.pull()["exit_code"] == code


def test_the_log_is_read_only_where_the_files_are_lost(two):
    two.pull()
    layout = Layout(two.archive)
    for segment in layout.audit.glob("audit-*.jsonl"):
        segment.write_bytes(b"no record\n")
    assert suspension_of(layout, "muster") is None
    shutil.rmtree(layout.state / "suspensions")
    with pytest.raises(IntegrityError):
        suspension_of(layout, "muster")


def test_where_it_cannot_be_told_nothing_is_sent(two):
    suspend(two)
    file = two.archive / "state" / "suspensions" / "muster.json"
    file.write_bytes(b"\xff{")
    with pytest.raises(StorageError, match="whether muster is suspended cannot be told"):
        suspension_of(Layout(two.archive), "muster")
    assert two.pull("--insurer", "muster")["exit_code"] == 14
    assert two.calls() == []


def test_sections_of_one_account_are_suspended_each_for_itself(office):
    office.opens(office.shipment("A"), account="shared")
    office.configure("zweite", account="shared", **office.addresses())
    suspend(office)
    assert office.pull("--insurer", "muster")["exit_code"] == 17
    assert office.pull("--insurer", "zweite", name="zweite")["acknowledged"] == 1


def suspend_meanwhile(office, run, name="muster"):
    suspended = suspend(office, name=name)
    assert run.poll() is None, "the run was still at work"
    out, _ = run.communicate()
    results = {each["insurer"]: each for each in json.loads(out)["insurers"]}
    assert results[name]["error"] == {
        "code": "suspended",
        "message": f"{name} is suspended since {suspended['since'][:16].replace('T', ' ')} UTC (they move house), so "
        "nothing more was sent to it.",
        "hint": f"`bipro-sync insurers resume {name} --reason …` lifts it.",
    }
    assert (results[name]["exit_code"], results[name]["outcome"]) == (17, "suspended")
    return run.returncode, results


def test_a_run_at_work_stores_what_it_has_in_hand_and_sends_nothing_more(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "stall", shipment="A", seconds=2, times=1))
    run = office.start("pull", "--json")
    office.under_way("getShipment")

    code, results = suspend_meanwhile(office, run)

    assert (code, results["muster"]["stored"], results["muster"]["not_acknowledged"]) == (17, 1, 1)
    assert office.fired() == [("getShipment", "A", "stall")]
    assert [call["operation"] for call in office.calls()] == ["login", "listShipments", "getShipment"]
    assert office.states() == {"A": "stored", "B": "listed"}
    decided, ended = office.records("operator.decision", "session.end")
    assert (decided["outcome"], ended["outcome"]) == ("suspend", "suspended")
    assert office.ask("status")[1]["insurers"][0]["last_outcome"] == "suspended"
    office.run("insurers", "resume", "muster", "--reason", "they have moved")
    assert (office.pull()["acknowledged"], len(office.calls("getShipment"))) == (2, 2)


def test_all_workers_of_a_run_obey_and_the_other_insurers_go_on(two):
    stalls = [two.fault("getShipment", "stall", shipment=each, seconds=2, times=1) for each in "CD"]
    two.opens(*map(two.shipment, "CDEF"), *stalls, workers=2)
    run = two.start("pull", "--json")
    two.until(lambda: len([each for each in two.records("call.intent") if each.get("shipment") in {"C", "D"}]) == 2)

    code, results = suspend_meanwhile(two, run)

    assert (code, results["zweite"]["acknowledged"]) == (17, 1)
    assert two.states() == {"B": "acknowledged", "C": "stored", "D": "stored", "E": "listed", "F": "listed"}
    assert two.calls("acknowledgeShipment") == []
    assert len(two.fired()) == 2


def test_the_rest_before_a_repetition_ends_at_once(office):
    office.opens(office.shipment("A"), office.fault("listShipments", "status", status=503, retry_after=120))
    run = office.start("pull", "--json")
    office.until(lambda: any(each["exchange"] == "list" for each in office.records("call.outcome")))
    before = time.monotonic()
    code, _ = suspend_meanwhile(office, run)
    assert (code, time.monotonic() - before < 10) == (17, True)
    assert len(office.calls("listShipments")) == 1


def test_another_section_of_the_account_goes_on_with_its_session(office):
    office.opens(office.shipment("A"), office.fault("listShipments", "stall", seconds=2, times=1), account="shared")
    office.configure("zweite", account="shared", **office.addresses())
    run = office.start("pull", "--json")
    office.under_way("listShipments")
    code, results = suspend_meanwhile(office, run)
    assert (code, results["zweite"]["acknowledged"]) == (17, 1)
    assert (results["muster"]["fetched"], len(office.calls("login"))) == (0, 1)


def test_acknowledging_by_decision_obeys_before_the_next_shipment(office):
    office.opens(
        *map(office.shipment, "AB"),
        office.fault("acknowledgeShipment", "stall", shipment="A", seconds=2, times=1),
        acknowledge="manual",
    )
    office.pull()
    deciding = office.start("shipments", "ack", "A", "B", "--yes", "--reason", "looked at")
    office.under_way("acknowledgeShipment")
    suspend(office)
    assert deciding.poll() is None
    deciding.communicate()
    assert (deciding.returncode, office.states()) == (17, {"A": "acknowledged", "B": "stored"})


def test_not_even_the_end_of_the_session_is_sent(office):
    (office.root / "ending.toml").write_text(ENDING_SESSIONS, encoding="utf-8")
    stall = office.fault("getShipment", "stall", seconds=2, times=1)
    office.opens("[sts]\ncancel = true\n", office.shipment("A"), stall, profile="ending")
    config = load(office.config)
    insurer = effective(config, office.root)["muster"]

    def pull_it():
        with open_workplace(config, SystemClock(), Verb.PULL) as place:
            pull(place, [insurer], PullOptions(repeats=False), progress=Progress(), stop=lambda: None)

    run = threading.Thread(target=pull_it)
    run.start()
    office.under_way("getShipment")
    with open_workplace(config, SystemClock(), Verb.INSURERS_SUSPEND) as place:
        suspension.suspend(place, insurer, "they move house")
        run.join()
        assert [call["operation"] for call in office.calls()] == ["login", "listShipments", "getShipment"]
        suspension.resume(place, insurer, "they have moved")
    pull_it()
    assert [call["operation"] for call in office.calls()][3:] == [
        *("login", "listShipments", "acknowledgeShipment", "listShipments", "cancel"),
    ]

import shutil

import pytest

from bipro_sync.archive import Layout
from bipro_sync.errors import IntegrityError, StorageError
from bipro_sync.sync.stop_switch import suspension_of


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
        shutil.rmtree(two.archive)
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

import json
import re
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.archive import Layout
from bipro_sync.durable import FileLock
from bipro_sync.sync.holding import held, is_held


def test_a_question_loads_neither_other_commands_nor_what_talks_to_insurers(office):
    office.opens()
    office.pull()
    script = (
        "import sys; from bipro_sync.cli.main import main; main(sys.argv[1:]); "
        "loaded = {name.removeprefix('bipro_sync.') for name in sys.modules if name.startswith('bipro_sync.')}; "
        "assert 'cli.status' in loaded; "
        "sys.stderr.write(' '.join(sorted(loaded & {'bipro', 'gdv', 'insurers', 'sandbox', 'cli.pull', 'cli.demo'})))"
    )
    asked = [sys.executable, "-c", script, "--config", office.config, "status", "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["insurers"]
    assert done.stderr == ""


def test_attempt_success_and_delivery_are_three_different_things(office):
    office.opens(office.shipment("A"), office.fault("listShipments", "html", nth=4))
    office.opens(name="zweite")
    for _ in range(3):
        office.run("pull", "--insurer", "muster")

    code, document = office.ask("status")

    assert code == document["exit_code"] == 0
    first, second = document["insurers"]
    assert first["last_delivery_at"] < first["last_success_at"] < first["last_attempt_at"]
    assert first["last_outcome"] == "protocol"
    assert first["last_error"]
    assert (first["listed"], first["states"]) == (0, {"acknowledged": 1})
    assert first["kinds"]["mail"]["shipments"] == 1
    assert (second["insurer"], second["last_attempt_at"], second["states"]) == ("zweite", None, {})
    _, page, _ = office.run("status")
    assert "never" in page
    assert "1 acknowledged" in page


def test_silence_for_longer_than_allowed_is_16(office):
    office.opens()
    office.pull()
    code, document = office.ask("status", "--max-age", "1 hours")
    assert (code, document["insurers"][0]["stale"]) == (0, False)
    office.opens(name="zweite")
    code, _, err = office.run("status", "--max-age", "1 hours")
    assert code == 16
    assert "zweite: no success within 1 hours" in err
    code, document = office.ask("status", "--max-age", "1 hours")
    assert [each["stale"] for each in document["insurers"]] == [False, True]
    assert document["exit_code"] == 16


@pytest.mark.parametrize("age", ["", "soon", "-1 hours", "5"])
def test_an_age_that_is_none_is_a_usage_error(office, age):
    office.opens()
    office.pull()
    assert office.run("status", "--max-age", age)[0] == 2


def test_a_mere_look_and_a_run_in_which_everything_failed_are_no_success(office):
    office.opens(*map(office.shipment, "AB"), office.fault("getShipment", "close"))
    office.pull("--dry-run")
    assert office.ask("status")[1]["insurers"][0]["last_success_at"] is None
    assert office.pull()["exit_code"] == 3
    summary = office.ask("status")[1]["insurers"][0]
    assert (summary["last_outcome"], summary["last_success_at"]) == ("partial", None)
    assert office.run("status", "--max-age", "1 hour")[0] == 16


def test_a_run_that_was_killed_has_left_its_attempt_and_its_shipments(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "stall", seconds=30))
    run = office.start("pull")
    office.under_way("getShipment")
    run.kill()
    run.communicate()
    (summary,) = office.ask("status")[1]["insurers"]
    assert summary["last_attempt_at"] is not None
    assert (summary["last_outcome"], summary["states"]) == ("died", {"fetching": 1})
    assert "ended without a word" in summary["last_error"]
    assert "muster: the last run ended without a word" in office.run("status")[1].replace("\n", " ")


def test_a_run_under_way_is_running_and_is_not_disturbed_by_the_question(office):
    office.opens(office.shipment("A"), office.fault("getShipment", "stall", seconds=2))
    run = office.start("pull")
    office.under_way("getShipment")
    (summary,) = office.ask("status")[1]["insurers"]
    assert (summary["last_outcome"], summary["last_error"]) == ("running", None)
    run.communicate()
    assert run.returncode == 0
    assert office.ask("status")[1]["insurers"][0]["last_outcome"] == "ok"


def test_whoever_wants_to_pull_is_not_turned_away_because_somebody_looked(office):
    office.opens(office.shipment("A"))
    office.pull("--dry-run")
    looking = FileLock(Layout(office.archive).locks / "muster.lock")
    looking.acquire(wait=False, shared=True)
    assert not FileLock(looking.path).acquire(wait=False)
    looked = threading.Timer(0.01, looking.release)
    looked.start()
    with held(Layout(office.archive), "muster", insurer="muster"):
        assert is_held(Layout(office.archive), "muster")
    assert not is_held(Layout(office.archive), "muster")
    looked.join()


def test_of_a_run_that_the_disk_ended_the_log_tells_the_end(office, ordinary_user):
    office.opens(office.shipment("A"))
    office.pull("--dry-run")
    months = office.archive / "shipments"
    months.chmod(0o500)
    run = office.start("pull", before=ordinary_user)
    run.communicate()
    months.chmod(0o700)
    assert run.returncode == 14

    (summary,) = office.ask("status")[1]["insurers"]

    assert summary["last_outcome"] == "storage"
    assert summary["last_error"].startswith("Cannot make the directory")
    assert office.records("session.end")[-1]["detail"] == summary["last_error"]


def test_an_archive_whose_state_is_lost_still_tells_where_everything_stands(office):
    office.opens(office.shipment("A"))
    office.pull()
    office.run("insurers", "suspend", "muster", "--reason", "a dispute")
    shutil.rmtree(office.archive / "state")
    code, document = office.ask("status")
    assert code == 0
    assert document["insurers"][0]["states"] == {"acknowledged": 1}
    assert document["insurers"][0]["suspended"]["reason"] == "a dispute"
    assert office.ask("insurers", "list")[1][0]["suspended"]["reason"] == "a dispute"
    assert not (office.archive / "state").exists(), "a look writes nothing"


def test_what_will_not_be_available_for_long_and_is_unfetched_or_held_is_named(office):
    soon, later = ((datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (3, 30))
    untils = {"A": later, "B": soon, "C": soon, "D": soon}
    office.opens(
        *(office.shipment(each, more=f'available_until = "{until}"') for each, until in untils.items()),
        *(office.fault("getShipment", "html", shipment=each) for each in "AB"),
    )
    office.pull("--limit", "3")
    office.run("shipments", "hold", "D", "--reason", "a question")

    code, document = office.ask("status")

    assert (code, office.states()) == (0, {"A": "failed", "B": "failed", "C": "acknowledged", "D": "held"})
    assert document["insurers"][0]["ending"] == [
        {"id": "B", "state": "failed", "available_until": soon},
        {"id": "D", "state": "held", "available_until": soon},
    ]
    page = office.run("status")[1].splitlines()
    assert f"muster: shipment B is failed, and available until {soon}" in page
    assert f"muster: shipment D is held, and available until {soon}" in page


def test_the_figures_can_be_had_at_any_time_and_their_failure_hides_nothing(office, tmp_path):
    office.opens(office.shipment("A"))
    office.pull()
    figures = tmp_path / "bipro-sync.prom"
    code, out, _ = office.run("status", "--prometheus", str(figures))
    assert (code, "1 acknowledged" in out) == (0, True)
    assert 'bipro_sync_shipments{insurer="muster",state="acknowledged"} 1.0' in figures.read_text()
    code, out, err = office.run("status", "--prometheus", str(tmp_path / "nowhere" / "x.prom"))
    assert (code, "1 acknowledged" in out, "Cannot replace" in err) == (14, True, True)


def test_the_last_backup_is_told_and_that_there_was_none(office):
    (office.root / "backup").mkdir()
    office.head = f'[backup]\ndirectory = "{office.root / "backup"}"\n{office.head}'
    office.opens(office.shipment("A"))
    office.pull()
    assert "Last backup: never." in office.run("status")[1]
    assert (office.ask("status")[1]["backup"], office.run("check")[0]) == (None, 1)
    office.run("backup", "create")
    assert re.search(r"(?m)^Last backup: \d{4}-\d\d-\d\d \d\d:\d\d", office.run("status")[1])
    assert office.ask("status")[1]["backup"]["directory"] == str(office.root / "backup")
    code, out, _ = office.run("check")
    assert (code, "'backup_age'=" in out) == (0, True)


def test_what_somebody_should_see_to_stands_below_the_worst_first(office):
    office.opens(office.shipment("A", fields=', Vermittlernummer = "9999"'), broker_numbers=["4711"])
    office.pull()
    office.password("wrong")
    office.run("pull")
    *_, first, second = office.run("status")[1].splitlines()
    assert first.startswith("CRITICAL: muster: no login is possible (login-refused)")
    assert second.startswith("warning: muster: 1 shipment(s) in quarantine, the oldest since ")
    [insurer] = office.ask("status")[1]["insurers"]
    assert (insurer["reach"], insurer["quarantined_since"] is not None) == ("refused", True)

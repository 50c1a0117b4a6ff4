import json
import shutil
from datetime import UTC, datetime

import pytest

from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.cli.main import main


CAVEAT = "chain intact, not anchored: a cut tail or a rewritten log would not show"


class HourlyClock:
    """Goes on by one hour at each look, from midnight UTC."""

    def __init__(self):
        self.hour = 0

    def now(self):
        self.hour += 1
        return datetime(2026, 11, 21, self.hour - 1, tzinfo=UTC)

    def monotonic(self):
        return 0.0


@pytest.fixture
def archive(tmp_path):
    """An archive whose audit log has five records, one an hour."""
    session = Session("run-1", "person", "u001", "Erika Beispiel", "admin", None, "ebeispiel", "bipro-sync 0.1.0")
    log = AuditLog(tmp_path / "archive/audit", session=session, clock=HourlyClock())
    log.write(RecordType.SESSION_START)
    log.write(RecordType.CALL_INTENT, call="c1", insurer="alpha", operation="getShipment", shipment="4711")
    log.write(RecordType.ACK_DECISION, insurer="alpha", shipment="4711", outcome="withheld", detail="[bold]unset[/]")
    log.write(RecordType.READ, insurer="beta")
    log.write(RecordType.SESSION_END)
    log.close()
    return tmp_path / "archive"


@pytest.fixture
def listed(archive, capsys):
    """Lists with the options given and returns the numbers of the records shown."""

    def _listed(*options):
        assert main(["audit", "list", "--directory", str(archive), *options, "--json"]) == 0
        return [record["seq"] for record in json.loads(capsys.readouterr().out)]

    return _listed


def test_the_records_are_listed_as_they_stand_in_the_log(archive, capsys):
    assert main(["audit", "list", "--directory", str(archive), "--json"]) == 0
    lines = (archive / "audit/audit-000001.jsonl").read_text().splitlines()
    listed = json.loads(capsys.readouterr().out)
    assert listed == [json.loads(line) for line in lines]
    assert [list(record) for record in listed] == [list(json.loads(line)) for line in lines]


def test_records_are_chosen_by_what_they_are_about(listed):
    assert listed() == [1, 2, 3, 4, 5]
    assert listed("--insurer", "alpha") == [2, 3]
    assert listed("--shipment", "4711", "--type", "ack.decision") == [3]
    assert listed("--type", "read", "--type", "session.end") == [4, 5]
    assert listed("--run", "run-2") == []


def test_the_first_and_the_last_of_them_may_be_asked_for(listed):
    assert listed("--limit", "2") == [1, 2]
    assert listed("--last", "2") == [4, 5]


def test_a_time_without_a_zone_is_berlin_and_one_with_a_zone_is_its_own(listed):
    assert listed("--since", "2026-11-21T03:00") == [3, 4, 5]
    assert listed("--since", "2026-11-21T03:00+00:00") == [4, 5]
    assert listed("--until", "2026-11-21T03:00Z", "--since", "2026-11-21") == [1, 2, 3]


def test_a_person_reads_a_table_in_which_data_is_not_markup(archive, capsys):
    assert main(["audit", "list", "--directory", str(archive)]) == 0
    shown = capsys.readouterr().out
    for part in ("2026-11-21 02:00:00", "ack.decision", "u001", "4711", "withheld", "[bold]unset[/]"):
        assert part in shown


@pytest.mark.parametrize(
    "options", [["--type", "nonsense"], ["--since", "yesterday"], ["--directory", "/nowhere/at/all"], ["--last", "0"]]
)
def test_what_cannot_be_asked_is_a_usage_error(archive, capsys, options):
    assert main(["audit", "list", "--directory", str(archive), *options, "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["exit_code"] == 2
    assert "hint:" in said.err


@pytest.mark.parametrize("where", ["", "audit"])
def test_verify_needs_neither_configuration_nor_database(archive, capsys, monkeypatch, where, tmp_path):
    monkeypatch.setenv("BIPRO_SYNC_CONFIG", str(tmp_path / "nowhere.toml"))
    assert main(["audit", "verify", "--directory", str(archive / where), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["headline"] == CAVEAT
    assert (found["records"], found["last_seq"], found["exit_code"], found["bad_seq"]) == (5, 5, 0, None)
    assert [intent["seq"] for intent in found["open_intents"]] == [2]


def test_without_a_configuration_it_is_told_how_to_do_without(capsys, tmp_path):
    assert main(["audit", "verify", "--config", str(tmp_path / "nowhere.toml")]) == 10
    assert "--directory DIR" in capsys.readouterr().err


def test_verify_prints_nothing_on_success_where_nobody_watches(archive, capsys):
    assert main(["audit", "verify", "--directory", str(archive)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("as_json", [True, False])
def test_damage_is_exit_15_and_is_always_said(archive, capsys, as_json):
    segment = archive / "audit/audit-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b"withheld", b"accepted"))
    assert main(["audit", "verify", "--directory", str(archive), *(["--json"] if as_json else [])]) == 15
    said = capsys.readouterr().out
    if as_json:
        found = json.loads(said)
        assert (found["bad_seq"], found["exit_code"]) == (3, 15)
    else:
        assert "damaged at record 3" in said
        assert "Keep everything as it is" in said
        assert "intact" not in said


def test_an_unreadable_record_in_the_list_is_exit_15(archive, capsys):
    segment = archive / "audit/audit-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"seq":3', b'"seq":x'))
    assert main(["audit", "list", "--directory", str(archive), "--json"]) == 15
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "integrity"


def test_neither_command_writes(archive, capsys):
    before = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    for command in ("list", "verify"):
        main(["audit", command, "--directory", str(archive)])
    assert {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()} == before


def test_an_id_with_a_line_break_cannot_pass_for_a_line_of_the_verdict(tmp_path, capsys):
    session = Session("run-1", "person", "u001", "Erika Beispiel", "admin", None, "ebeispiel", "bipro-sync 0.1.0")
    log = AuditLog(tmp_path / "audit", session=session, clock=HourlyClock())
    log.write(
        RecordType.CALL_INTENT, call="c1", insurer="alpha", operation="getShipment", shipment="4711\nAudit log: ok"
    )
    log.close()
    assert main(["audit", "verify", "--directory", str(tmp_path), "-v"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines].count("Audit log") == 1
    assert any(line.endswith("4711 Audit log: ok") for line in lines)


def test_a_log_that_is_gone_is_no_slip_of_the_hand(office):
    office.opens(office.shipment("A"))
    assert office.ask("audit", "list")[0] == 10, "there is no archive yet"
    office.pull()
    shutil.rmtree(office.archive / "audit")
    for question in ("list", "verify", "coverage"):
        code, document = office.ask("audit", question)
        assert (code, document["error"]["code"]) == (15, "integrity")
    assert office.run("audit", "verify", "--directory", str(office.root / "nowhere"))[0] == 2

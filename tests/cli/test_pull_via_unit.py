import pytest

from ..stand_ins import systemctl


IDLE = {"LoadState": "loaded", "ActiveState": "inactive", "ExecMainStartTimestampMonotonic": "0"}


def ended(status, result="exit-code"):
    return IDLE | {"Result": result, "ExecMainStatus": status, "ExecMainStartTimestampMonotonic": "4711"}


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A directory that alone is searched for programs."""
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    for name in ("cat", "cp", "dirname", "sh"):
        (directory / name).symlink_to(f"/bin/{name}" if name in {"cat", "cp", "sh"} else "/usr/bin/dirname")
    return directory


def with_a_credential(office):
    office.patient = True
    office.opens(office.shipment("A"))
    office.configure(auth=office.by_password() | {"password": {"credential": "muster.password"}})


def test_a_pull_without_the_unit_s_credentials_says_which_unit_has_them_and_costs_no_attempt(office, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with_a_credential(office)
    code, _, err = office.run("pull")
    assert code == 12
    assert "`systemctl start bipro-sync-pull@muster`" in err
    assert "`journalctl --follow --unit bipro-sync-pull@muster`" in err
    assert "`bipro-sync pull --insurer muster --via-unit`" in err
    assert office.calls() == []
    assert list((office.archive / "state" / "breakers").glob("*")) == []


def test_inside_a_unit_that_lacks_one_it_says_how_to_store_it(office, monkeypatch, tmp_path):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with_a_credential(office)
    code, _, err = office.run("pull")
    assert (code, "`bipro-sync credentials set muster.password`" in err) == (12, True)


def test_the_unit_is_started_and_its_end_is_this_commands(office, programs):
    with_a_credential(office)
    systemctl(programs, before=IDLE, after=ended(13))
    code, document = office.ask("pull", "--via-unit")
    unit = "bipro-sync-pull@muster.service"
    assert document == {"insurers": [{"insurer": "muster", "unit": unit, "exit_code": 13}], "exit_code": 13}
    assert code == 13
    assert f"start {unit}" in (programs / "asked").read_text().splitlines()
    assert office.calls() == []


def test_its_journal_is_seen_meanwhile(office, programs, capfd):
    with_a_credential(office)
    systemctl(programs, before=IDLE, after=ended(0, "success"))
    journalctl = programs / "journalctl"
    journalctl.write_text('#!/bin/sh\necho "asked: $*"\n')
    journalctl.chmod(0o755)
    assert office.run("pull", "--via-unit")[0] == 0
    assert "--unit=bipro-sync-pull@muster.service" in capfd.readouterr().err


def test_a_unit_that_was_killed_has_ended_with_143(office, programs):
    with_a_credential(office)
    systemctl(programs, before=IDLE, after=ended(9, "signal"))
    assert office.run("pull", "--via-unit")[0] == 143


def test_a_unit_that_may_not_be_started_is_no_run_of_it(office, programs):
    with_a_credential(office)
    systemctl(programs, before=ended(3))
    code, _, err = office.run("pull", "--via-unit")
    assert (code, "Access denied" in err, "sudo systemctl start" in err) == (10, True, True)


@pytest.mark.parametrize(
    ("state", "code"), [({"LoadState": "not-found"}, 10), (IDLE | {"ActiveState": "activating"}, 11)]
)
def test_a_unit_that_is_not_there_or_at_work_is_not_started(office, programs, state, code):
    with_a_credential(office)
    systemctl(programs, before=state, after=ended(0))
    assert office.run("pull", "--via-unit")[0] == code
    assert "start" not in (programs / "asked").read_text().split()


def test_without_systemd_it_says_what_else_there_is(office, programs):
    with_a_credential(office)
    code, _, err = office.run("pull", "--via-unit")
    assert (code, "{ file = … }" in err) == (10, True)


def test_a_unit_does_a_whole_pull_only(office):
    with_a_credential(office)
    assert office.run("pull", "--via-unit", "--limit", "1")[0] == 2

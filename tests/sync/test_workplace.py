import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bipro_sync.audit import identify

from ..identities import TERMINAL, scheduled
from ..machines import machine


NOBODY = 65534


def who(before=()):
    """The name under which a command runs, here or after these words."""
    script = "from bipro_sync.audit import identify; print(identify().os_user)"
    return subprocess.run([*before, sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def production(office, login, *, active_from="2026-01-01", active_to=None):
    office.head = (
        '[audit]\nresponsible = "u001"\nanchors = "none"\n[alerts]\nnone = true\n'
        f'[users.u001]\nname = "Erika Erfunden"\nlogin = "{login}"\nrole = "admin"\nactive_from = {active_from}\n'
    )
    if active_to:
        office.head += f"active_to = {active_to}\n"


@pytest.fixture
def real(office):
    """An office in earnest."""
    production(office, identify().os_user)
    office.opens(office.shipment("A"), environment="production")
    return office


def test_a_person_of_the_configuration_acts_under_their_own_name(real, clock):
    assert real.pull_at(clock).acknowledged == 1
    for record in real.records():
        assert record["actor"] == "person"
        assert (record["principal"], record["principal_name"], record["role"]) == ("u001", "Erika Erfunden", "admin")
        assert record["os_user"] == identify().os_user
        assert "responsible" not in record
    told = real.records("config.changed")[0]["detail"]
    assert told.endswith(
        f"; u001 answers for scheduled runs; users: u001 ({identify().os_user}, admin, from 2026-01-01)"
    )


def test_a_scheduled_run_is_nobody_and_names_who_answers_for_it(real, clock):
    assert real.pull_at(clock, identity=scheduled()).acknowledged == 1
    for record in real.records():
        assert (record["actor"], record["responsible"], record["os_user"]) == ("schedule", "u001", "bipro-sync")
        assert "principal" not in record


@pytest.mark.parametrize(
    "person",
    [
        {"login": "somebody-else"},
        {"active_from": "2999-01-01"},
        {"active_from": "2020-01-01", "active_to": "2020-12-31"},
    ],
)
def test_an_unknown_or_inactive_person_may_do_nothing_in_production(real, person):
    production(real, **({"login": identify().os_user} | person))
    real.write_config()
    code, document = real.ask("pull")
    assert (code, document["error"]["code"]) == (17, "not-permitted")
    assert not real.archive.exists()
    assert real.calls() == []


def test_in_the_test_environment_an_unknown_person_acts_under_the_login(office):
    office.opens(office.shipment("A"))
    assert office.pull()["acknowledged"] == 1
    assert {record["actor"] for record in office.records()} == {"person"}
    assert {record["os_user"] for record in office.records()} == {identify().os_user}
    assert not any("principal" in record for record in office.records())


def test_an_archive_of_another_environment_is_refused(real):
    real.pull()
    before = len(real.calls()), real.stored()
    real.configure(environment="test")
    code, document = real.ask("pull")
    assert (code, document["error"]["code"]) == (10, "configuration")
    assert "belongs to the production environment" in document["error"]["message"]
    assert (len(real.calls()), real.stored()) == before


def test_a_changed_configuration_is_written_into_the_log_once(real):
    real.pull()
    real.pull()
    real.configure(workers=3)
    real.pull()
    real.pull()
    first, second = real.records("config.changed")
    assert first["detail"] != second["detail"]


def test_in_production_another_configuration_file_is_refused_unless_root_presents_it(office, ordinary_user):
    production(office, who(ordinary_user).strip())
    office.opens(office.shipment("A"), environment="production")
    child = office.start("pull", before=[*TERMINAL, *ordinary_user])
    assert (child.wait(), len(office.calls("acknowledgeShipment"))) == (0, 1)
    before = len(office.calls())
    office.config = office.config.rename(office.root / "moved.toml")

    child = office.start("pull", before=[*TERMINAL, *ordinary_user])
    _, err = child.communicate()

    assert child.returncode == 10
    assert "belongs to the configuration" in err
    assert "config.toml" in err
    assert len(office.calls()) == before
    for command in (["shipments", "list"], ["documents", "list", "--purpose", "claim 4711"], ["status"], ["doctor"]):
        child = office.start(*command, "--json", before=[*TERMINAL, *ordinary_user])
        answer, _ = child.communicate()
        assert child.returncode == 10
        assert "belongs to the configuration" in answer
    if os.getuid() == 0:
        production(office, identify().os_user)
        office.write_config()
        assert office.pull()["exit_code"] == 0
        production(office, who(ordinary_user).strip())
        office.write_config()
        assert office.start("pull", before=[*TERMINAL, *ordinary_user]).wait() == 0


def test_reading_an_archive_that_does_not_exist_yet_says_so_and_makes_none(office):
    office.opens()
    for command in (["shipments", "list"], ["documents", "list"], ["status"]):
        code, document = office.ask(*command)
        assert (code, document["error"]["code"]) == (10, "no-archive")
    assert not office.archive.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root acts as somebody else")
def test_another_user_finds_no_way_into_the_archive(office):
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        (Path(place) / "open").touch(0o644)
        office.archive = Path(place) / "archive"
        office.opens(office.shipment("A"))
        office.pull()
        segment = next((office.archive / "audit").glob("audit-*.jsonl"))
        for command, path in (("cat", segment), ("ls", office.archive), ("cat", office.archive / "catalog.db")):
            assert path.exists()
            done = subprocess.run(
                [command, path], user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False
            )
            assert b"Permission denied" in done.stderr
        words = ["cat", Path(place) / "open"]
        subprocess.run(words, user=NOBODY, group=NOBODY, extra_groups=[], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root acts as somebody else")
def test_root_acts_as_the_archives_owner_so_that_the_service_can_read_on(office):
    try:
        subprocess.run([sys.executable, "-c", ""], user=NOBODY, group=NOBODY, extra_groups=[], check=True)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("another user cannot run this interpreter")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        office.archive = Path(place) / "archive"
        office.opens(office.shipment("A"))
        office.pull()
        for path in (office.archive, *office.archive.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        verified = office.start("archive", "verify")
        assert (verified.communicate(), verified.returncode) == (("", ""), 0)
        assert {path.stat().st_uid for path in (office.archive, *office.archive.rglob("*"))} == {NOBODY}


def test_root_goes_on_as_the_owner_in_the_owner_s_groups(tmp_path):
    if os.getuid():
        pytest.skip("only root can become another user")
    there = machine(tmp_path / "machine")
    for file, line in (("passwd", "clerk:x:4242:4242::/nowhere:/bin/false"), ("group", "dms:x:4300:clerk")):
        with (there.etc / file).open("a") as table:
            table.write(f"{line}\n")
    (tmp_path / "archive").mkdir()
    os.chown(tmp_path / "archive", 4242, 4242)
    script = (
        "import os, sys; from pathlib import Path; from bipro_sync.sync.acting import become_owner\n"
        "become_owner(Path(sys.argv[1])); print(os.getuid(), os.getgid(), *sorted(os.getgroups()))"
    )
    done = there.run(sys.executable, "-c", script, tmp_path / "archive", cwd=Path(__file__).parents[2])
    assert (done.stdout, done.stderr) == ("4242 4242 4242 4300\n", "")

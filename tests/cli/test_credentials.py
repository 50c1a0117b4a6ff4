import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from ..machines import machine
from ..typing_people import typed


UNITS = Path(__file__).parents[2] / "systemd"
CANARY = "S3CR3T-kanarienvogel äß"


@pytest.fixture
def elsewhere(tmp_path):
    """A machine of its own on which systemd-creds keeps credentials."""
    if shutil.which("systemd-creds") is None:
        pytest.skip("systemd-creds is not installed")
    if os.getuid():
        pytest.skip("only root keeps credentials")
    return machine(tmp_path / "machine")


def run(office, there, *arguments, given=CANARY):
    command = [sys.executable, "-m", "bipro_sync", "--config", str(office.config), *arguments]
    return there.run(*command, input=given)


@pytest.fixture
def house(office):
    office.opens(office.shipment("A"))
    office.configure(auth=office.by_password() | {"password": {"credential": "muster.password"}})
    return office


def test_a_secret_is_encrypted_for_this_machine_and_the_units_load_it(house, elsewhere):
    done = run(house, elsewhere, "credentials", "set", "muster.password", "--json")
    assert done.returncode == 0, done.stderr
    kept = elsewhere.etc / "credstore.encrypted" / "muster.password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert CANARY.encode() not in kept.read_bytes()
    for unit in ("bipro-sync-pull@muster.service", "bipro-sync.service"):
        drop_in = elsewhere.etc / "systemd" / "system" / f"{unit}.d" / "credential-muster.password.conf"
        wanted = "LoadCredentialEncrypted=muster.password:/etc/credstore.encrypted/muster.password"
        assert wanted in drop_in.read_text().splitlines()
        assert stat.S_IMODE(drop_in.stat().st_mode) == 0o644
    assert json.loads(done.stdout)["next"] == ["systemctl start bipro-sync-pull@muster"]
    assert CANARY not in done.stdout + done.stderr
    opened = elsewhere.run("systemd-creds", "decrypt", "/etc/credstore.encrypted/muster.password", "-")
    assert opened.stdout == CANARY


def test_systemd_finds_nothing_wrong_with_the_unit_and_its_drop_in(house, elsewhere):
    run(house, elsewhere, "credentials", "set", "muster.password")
    unit = (UNITS / "bipro-sync-pull@.service").read_text().replace("/opt/bipro-sync/bin/bipro-sync", "/bin/true")
    (elsewhere.etc / "systemd" / "system" / "bipro-sync-pull@.service").write_text(unit)
    found = elsewhere.run("systemd-analyze", "verify", "bipro-sync-pull@muster.service")
    assert (found.returncode, found.stderr) == (0, "")


def test_a_changed_secret_takes_the_place_of_the_old_one_and_another_drop_in_is_told_of(house, elsewhere):
    run(house, elsewhere, "credentials", "set", "muster.password")
    own = elsewhere.etc / "systemd" / "system" / "bipro-sync-pull@muster.service.d" / "credentials.conf"
    own.write_text("[Service]\nLoadCredential=muster.password:/root/password\n")
    done = run(house, elsewhere, "credentials", "set", "muster.password", given="another\n")
    assert (done.returncode, str(own).removeprefix(str(elsewhere.root)) in done.stderr) == (0, True)
    opened = elsewhere.run("systemd-creds", "decrypt", "/etc/credstore.encrypted/muster.password", "-")
    assert opened.stdout == "another"
    listed = json.loads(run(house, elsewhere, "credentials", "list", "--json").stdout)
    (row,) = [each for each in listed if each["name"] == "muster.password"]
    assert (row["state"], row["age_days"], row["insurer"]) == ("stored", 0, "muster")
    page = run(house, elsewhere, "credentials", "list").stdout
    assert "another" not in page
    assert "/etc/credstore.encrypted/muster.password" in page


def test_who_stored_it_is_on_record_and_what_it_is_stands_nowhere(house, elsewhere):
    assert house.run("pull")[0] == 12
    done = run(house, elsewhere, "credentials", "set", "muster.password")
    assert done.returncode == 0, done.stderr
    (record,) = house.records("credential.changed")
    assert (record["operation"], record["insurer"]) == ("credentials set", "muster")
    assert record["detail"] == "muster.password"
    assert CANARY not in "".join(path.read_text() for path in house.archive.glob("audit/audit-*.jsonl"))


@pytest.mark.parametrize(("name", "given", "code"), [("muster.passwort", CANARY, 2), ("muster.password", "", 2)])
def test_a_slip_of_the_hand_stores_nothing(house, elsewhere, name, given, code):
    done = run(house, elsewhere, "credentials", "set", name, given=given)
    assert (done.returncode, (elsewhere.etc / "credstore.encrypted").exists()) == (code, False)


def test_without_systemd_a_file_for_its_owner_only_is_offered_and_made(house, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    command = [sys.executable, "-m", "bipro_sync", "--config", str(house.config), "credentials", "set"]
    done = house.given(command, "muster.password", CANARY)
    assert (done.returncode, "{ file = " in done.stderr) == (10, True)
    path = house.root / "secrets" / "muster.password"
    house.configure(auth=house.by_password() | {"password": {"file": str(path)}})
    done = house.given(command, str(path), CANARY + "\n")
    assert done.returncode == 0, done.stderr
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (CANARY, 0o600)
    assert CANARY not in done.stdout + done.stderr


def test_who_could_not_keep_a_secret_is_not_asked_for_it(house, ordinary_user):
    if shutil.which("systemd-creds") is None:
        pytest.skip("systemd-creds is not installed")
    command = [*ordinary_user, sys.executable, "-m", "bipro_sync", "--config", str(house.config), "credentials", "set"]
    code, shown = typed([*command, "muster.password"], seconds=10)
    assert (code, "Only root may keep" in shown, "The secret:" in shown) == (17, True, False)


def test_a_file_that_the_configuration_does_not_name_is_not_written(house, tmp_path):
    command = [sys.executable, "-m", "bipro_sync", "--config", str(house.config), "credentials", "set"]
    assert house.given(command, str(tmp_path / "other"), CANARY).returncode == 2
    assert not (tmp_path / "other").exists()


def test_what_a_section_that_cannot_be_used_refers_to_is_not_known(house):
    house.configure(workers="many")
    code, _, err = house.run("credentials", "set", "muster.password", typed=CANARY)
    assert (code, "what muster may refer to is not known" in err) == (10, True)
    code, _, err = house.run("credentials", "list")
    assert (code, "muster: its section cannot be used" in err) == (0, True)


def test_what_is_not_there_or_elsewhere_is_listed_as_such(house):
    house.configure(auth=house.by_password() | {"username": {"env": "NOBODY"}})
    (house.root / "password").unlink()
    code, rows = house.ask("credentials", "list")
    assert (code, [(row["source"], row["state"]) for row in rows]) == (0, [("env", "elsewhere"), ("file", "missing")])


@pytest.mark.parametrize(("again", "code"), [(CANARY, 0), ("another", 2)])
def test_a_secret_is_typed_twice_and_unseen(house, again, code):
    path = house.root / "typed"
    house.configure(auth=house.by_password() | {"password": {"file": str(path)}})
    command = [sys.executable, "-m", "bipro_sync", "--config", str(house.config), "credentials", "set", str(path)]
    found, shown = typed(command, CANARY, again)
    assert (found, path.exists()) == (code, code == 0), shown
    assert CANARY not in shown
    assert path.read_text() == CANARY if code == 0 else "not the same twice" in shown


def test_the_passphrase_of_the_backups_is_for_the_unit_that_makes_them_alone(house):
    (house.root / "backup").mkdir()
    house.head += (
        f'[backup]\ndirectory = "{house.root / "backup"}"\npassphrase = {{ credential = "backup.passphrase" }}\n'
    )
    house.write_config()
    rows = house.ask("credentials", "list")[1]
    assert [each["units"] for each in rows if each["name"] == "backup.passphrase"] == [["bipro-sync-backup.service"]]

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bipro_sync.cli.main import main


UNITS = Path(__file__).parents[1] / "systemd"
SERVICE, TIMER = UNITS / "bipro-sync-pull@.service", UNITS / "bipro-sync-pull@.timer"
SUDOERS = UNITS / "bipro-sync.sudoers"


class Unit(configparser.RawConfigParser):
    def optionxform(self, option):
        return option


def unit(path):
    parsed = Unit(strict=False, comment_prefixes="#")
    parsed.read(path)
    return parsed


@pytest.fixture
def analyze(tmp_path):
    """Runs systemd-analyze on the units as they would be installed, with a program that exists."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = unit(SERVICE)["Service"]["ExecStart"].split()[0]
    (tmp_path / SERVICE.name).write_text(SERVICE.read_text().replace(program, "/bin/true"))
    shutil.copy(TIMER, tmp_path)

    def _analyze(*arguments):
        done = subprocess.run(
            ["systemd-analyze", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return _analyze


@pytest.mark.parametrize("kind", ["service", "timer"])
def test_systemd_finds_nothing_wrong_with_an_instance(analyze, kind):
    assert analyze("verify", f"./bipro-sync-pull@alpha.{kind}") == (0, "")


def test_the_service_is_locked_in(analyze):
    code, said = analyze("security", "--offline=true", "--threshold=20", f"./{SERVICE.name}")
    assert code == 0, said


def test_the_timers_times_are_times(analyze):
    code, said = analyze("calendar", unit(TIMER)["Timer"]["OnCalendar"])
    assert code == 0, said


def test_the_service_runs_a_command_that_exists(capsys):
    _, command, option, instance = unit(SERVICE)["Service"]["ExecStart"].split()
    assert instance == "%i"
    assert main([command, "--help"]) == 0
    assert option in capsys.readouterr().out


def test_no_secret_reaches_a_core_file_and_the_archive_is_the_services_own():
    service = unit(SERVICE)["Service"]
    assert service["LimitCORE"] == "0"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert (service["StateDirectory"], service["StateDirectoryMode"], service["UMask"]) == (
        "bipro-sync",
        "0700",
        "0077",
    )
    assert service["User"] == service["Group"] == "bipro-sync"


def test_no_exit_code_but_zero_passes_for_success():
    assert "SuccessExitStatus" not in unit(SERVICE)["Service"]


def test_a_missed_time_is_made_up_for_and_brokers_do_not_knock_together():
    timer = unit(TIMER)["Timer"]
    assert timer["Persistent"] == "true"
    assert timer["RandomizedDelaySec"]


def test_the_example_names_a_credential_and_holds_none():
    example = (UNITS / "example.d/credentials.conf").read_text()
    assert re.search(r"^LoadCredentialEncrypted=NAME\.password:/etc/", example, re.MULTILINE)
    assert "SetCredential" not in example


def test_the_sudoers_lines_are_read_by_sudo():
    visudo = shutil.which("visudo", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if visudo is None:
        pytest.skip("visudo is not installed")
    done = subprocess.run([visudo, "-c", "-f", SUDOERS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sudoers_lines_allow_the_program_alone_as_the_archive_s_owner_alone():
    lines = [line for line in SUDOERS.read_text().splitlines() if line and not line.startswith("#")]
    program = unit(SERVICE)["Service"]["ExecStart"].split()[0]
    alias, defaults, permission = lines
    assert alias == f"Cmnd_Alias BIPRO_SYNC = {program}, /usr/local/bin/bipro-sync"
    assert {"env_reset", "!setenv"} <= set(defaults.removeprefix("Defaults!BIPRO_SYNC ").split(", "))
    assert permission == "%bipro-sync-users ALL = (bipro-sync : bipro-sync) NOSETENV: BIPRO_SYNC"
    assert "\ng bipro-sync-users -\n" in (UNITS / "bipro-sync.sysusers").read_text()

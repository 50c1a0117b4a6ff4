import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from bipro_sync.archive import Layout
from bipro_sync.cli.main import main
from bipro_sync.daemon.runs import GRACE


UNITS = Path(__file__).parents[1] / "systemd"
SERVICE, TIMER = UNITS / "bipro-sync-pull@.service", UNITS / "bipro-sync-pull@.timer"
CHECKPOINT, CHECKPOINT_TIMER = UNITS / "bipro-sync-checkpoint.service", UNITS / "bipro-sync-checkpoint.timer"
SIGN, SIGN_PATH = UNITS / "bipro-sync-sign.service", UNITS / "bipro-sync-sign.path"
MOUNT = UNITS / r"var-lib-bipro\x2dsync-audit-checkpoints.mount"
DAEMON, ALERT = UNITS / "bipro-sync.service", UNITS / "bipro-sync-alert@.service"
BACKUP, BACKUP_TIMER = UNITS / "bipro-sync-backup.service", UNITS / "bipro-sync-backup.timer"
SUDOERS = UNITS / "bipro-sync.sudoers"
PATHS = UNITS / "example.d/paths.conf"


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
    for path in UNITS.glob("*.*"):
        if path.suffix in {".service", ".timer", ".path", ".mount"}:
            (tmp_path / path.name).write_text(path.read_text().replace(program, "/bin/true"))

    def _analyze(*arguments):
        done = subprocess.run(
            ["systemd-analyze", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return _analyze


@pytest.mark.parametrize(
    "name",
    [
        *("bipro-sync-pull@alpha.service", "bipro-sync-pull@alpha.timer"),
        *(CHECKPOINT.name, CHECKPOINT_TIMER.name, SIGN.name, SIGN_PATH.name, MOUNT.name),
        *(DAEMON.name, BACKUP.name, BACKUP_TIMER.name, "bipro-sync-alert@bipro-sync-pull@alpha.service.service"),
    ],
)
def test_systemd_finds_nothing_wrong_with_a_unit(analyze, name):
    assert analyze("verify", f"./{name}") == (0, "")


@pytest.mark.parametrize("service", [SERVICE, DAEMON, ALERT, BACKUP, CHECKPOINT, SIGN], ids=lambda path: path.name)
def test_each_service_is_locked_in(analyze, service):
    code, said = analyze("security", "--offline=true", "--threshold=15", f"./{service.name}")
    assert code == 0, said


@pytest.mark.parametrize("timer", [TIMER, CHECKPOINT_TIMER, BACKUP_TIMER], ids=lambda path: path.name)
def test_the_timers_times_are_times(analyze, timer):
    code, said = analyze("calendar", unit(timer)["Timer"]["OnCalendar"])
    assert code == 0, said


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_each_unit_runs_a_command_that_exists(path, capsys):
    program, *words = unit(path)["Service"]["ExecStart"].split()
    assert program == unit(SERVICE)["Service"]["ExecStart"].split()[0]
    command = [word for word in words if not word.startswith(("-", "%"))]
    assert main([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: bipro-sync {' '.join(command)} ")
    assert all(word in said for word in words if word.startswith("--"))


def test_the_service_runs_a_command_that_exists(capsys):
    _, command, option, instance = unit(SERVICE)["Service"]["ExecStart"].split()
    assert instance == "%i"
    assert main([command, "--help"]) == 0
    assert option in capsys.readouterr().out


@pytest.mark.parametrize("service", [CHECKPOINT, SIGN], ids=lambda path: path.name)
def test_who_signs_runs_a_command_that_exists(service, capsys):
    program, *command = unit(service)["Service"]["ExecStart"].split()
    assert program == unit(SERVICE)["Service"]["ExecStart"].split()[0]
    assert main([*command, "--help"]) == 0
    assert "Sign the log" in capsys.readouterr().out


def test_the_signer_is_another_user_who_reads_the_log_and_sees_nothing_else_of_the_archive():
    service = unit(SIGN)["Service"]
    assert service["User"] == service["Group"] == "bipro-sync-sign"
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"] == "CAP_DAC_READ_SEARCH"
    assert service["TemporaryFileSystem"] == "/var:ro /etc/bipro-sync:ro"
    text = SIGN.read_text()
    assert re.findall(r"^Bind(?:ReadOnly)?Paths=(.*)$", text, re.MULTILINE) == [
        "/etc/bipro-sync/config.toml",
        "/var/lib/bipro-sync/audit",
        "/var/lib/bipro-sync-sign:/var/lib/bipro-sync/audit/checkpoints",
    ]
    # open_by_handle_at would lead out of what is shown.
    assert "SystemCallFilter=~@privileged @resources\n" in text
    assert "\nu bipro-sync-sign - " in (UNITS / "bipro-sync.sysusers").read_text()


def test_the_signer_is_woken_by_what_the_program_leaves_and_signs_where_everybody_looks():
    log = Layout(Path(f"/var/lib/{unit(SERVICE)['Service']['StateDirectory']}")).audit
    assert unit(SIGN_PATH)["Path"]["PathChanged"] == str(log / "unsigned")
    mount = unit(MOUNT)["Mount"]
    assert (mount["What"], mount["Where"]) == ("/var/lib/bipro-sync-sign", str(log / "checkpoints"))
    assert unit(SIGN)["Unit"]["Requires"] == MOUNT.name
    # Ten pulls may end within a second.
    assert unit(SIGN)["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.parametrize("path", [SERVICE, DAEMON, ALERT, BACKUP, CHECKPOINT], ids=lambda path: path.name)
def test_no_secret_reaches_a_core_file_and_the_archive_is_the_services_own(path):
    service = unit(path)["Service"]
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


def test_the_daemon_is_watched_started_again_and_stopped_with_patience():
    service = unit(DAEMON)["Service"]
    program, command = service["ExecStart"].split()
    assert (program, command) == (unit(SERVICE)["Service"]["ExecStart"].split()[0], "daemon")
    assert (service["Type"], service["NotifyAccess"], service["WatchdogSec"]) == ("notify", "main", "2min")
    assert (service["Restart"], service["KillMode"], service["OOMPolicy"]) == ("on-failure", "mixed", "continue")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    # Longer than the daemon gives its runs, so that it is the daemon that ends them.
    assert service["TimeoutStopSec"] == "6min"
    assert GRACE == 300


@pytest.mark.parametrize("path", [SERVICE, DAEMON, CHECKPOINT, SIGN, BACKUP], ids=lambda path: path.name)
def test_whatever_fails_is_told_but_for_the_telling_itself(path):
    assert unit(path)["Unit"]["OnFailure"] == "bipro-sync-alert@%n.service"
    assert "OnFailure" not in unit(ALERT)["Unit"]
    assert unit(ALERT)["Service"]["ExecStart"].endswith("/bipro-sync alert unit-failed %i")


def test_a_missed_time_is_made_up_for_and_brokers_do_not_knock_together():
    timer = unit(TIMER)["Timer"]
    assert timer["Persistent"] == "true"
    assert timer["RandomizedDelaySec"]


def test_every_place_that_the_configuration_may_name_beside_the_archive_is_in_the_table_of_places():
    readme = (UNITS / "README.md").read_text()
    table = [line.split("|")[1:3] for line in readme.splitlines() if line.startswith("| `[")]
    told = {re.search(r"`\[(.+?)\](?: (\w+))?`", key).groups() for key, _ in table}
    sample = tomllib.loads((UNITS.parent / "config.example.toml").read_text())
    assert told == {
        *(("archive", "root"), ("archive", "second_copy"), ("audit", "anchors"), ("handover.…", "target")),
        *(("reports", "directory"), ("monitoring", "prometheus"), ("backup", "directory")),
    }
    assert all(key in sample[section] for section, key in told if section in sample)
    named = {unit for _, units in table for unit in re.findall(r"`(bipro-sync[\w@-]*)`", units)}
    assert all((UNITS / f"{unit}.service").exists() for unit in named)


def test_systemd_finds_nothing_wrong_with_a_unit_that_may_write_to_other_places(analyze, tmp_path):
    drop_in = tmp_path / "bipro-sync-pull@.service.d" / "paths.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(PATHS.read_text())
    assert analyze("verify", "./bipro-sync-pull@alpha.service") == (0, "")
    places = re.findall(r"^ReadWritePaths=(.*)$", PATHS.read_text(), re.MULTILINE)
    assert len(places) > 4
    assert all(place.startswith("-/") for place in places), "a mount that is away must not keep a unit from starting"


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

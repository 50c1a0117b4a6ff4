"""Backups that are killed, run out of room, or are made while pulls are at work."""

import os
import resource
import shutil
import signal
import subprocess

import pytest


@pytest.fixture
def backed(office):
    (office.root / "backup").mkdir()
    office.head += f'[backup]\ndirectory = "{office.root / "backup"}"\n'
    office.opens(*map(office.shipment, "AB"))
    office.pull()
    assert office.run("backup", "create")[0] == 0
    office.opens(*map(office.shipment, "CD"), name="other")
    assert office.ask("pull")[0] == 0
    return office


def tried_out(office):
    code, found = office.ask("backup", "verify")
    assert code == 0, found
    return found["shipments"]


@pytest.fixture
def killed_at(backed):
    """Runs a command that is killed at its n-th renaming of a file; returns its exit code."""
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace is not installed or not permitted")

    def _killed_at(number, *command):
        options = ["-f", "-o", "/dev/null", "-e", "trace=rename", "-e", f"inject=rename:signal=SIGKILL:when={number}"]
        # What Python compiles is renamed, too.
        child = backed.start(*command, before=[strace, *options], env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
        child.communicate()
        return child.returncode

    return _killed_at


def test_a_backup_that_is_killed_leaves_the_last_one_and_is_made_up_for(backed, killed_at):
    for number in (2, 5, 8):
        assert killed_at(number, "backup", "create") != 0
        whole = len(list((backed.root / "backup" / "backups").glob("*.json")))
        assert tried_out(backed) == (2 if whole == 1 else 4)
    made = backed.ask("backup", "create")[1]
    assert (made["shipments"], tried_out(backed)) == (4, 4)
    assert list((backed.root / "backup" / "drafts").iterdir()) == []


def test_a_backup_for_which_there_is_no_room_leaves_the_last_one(backed):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    (backed.archive / "state" / "backup" / "index.json").unlink()  # so that everything is looked at
    shutil.rmtree(backed.root / "backup" / "objects")
    (backed.root / "backup" / "objects").mkdir()
    child = backed.start("backup", "create", preexec_fn=small_files)
    _, err = child.communicate()
    assert child.returncode == 14, err
    assert "File too large" in err
    assert list((backed.root / "backup" / "drafts").iterdir()) == []
    assert backed.ask("backup", "create")[1]["shipments"] == 4
    assert tried_out(backed) == 4


def test_backups_that_are_made_while_a_pull_is_at_work_are_consistent(backed):
    shipments = [backed.shipment(f"S-{number:03d}") for number in range(60)]
    backed.opens(*shipments)
    child = backed.start("pull", "--insurer", "muster")
    counts = []
    while child.poll() is None:
        code, made = backed.ask("backup", "create")
        assert code == 0, made
        counts.append(made["shipments"])
    assert child.returncode == 0
    assert any(4 < count < 64 for count in counts), counts
    names = sorted(path.stem for path in (backed.root / "backup" / "backups").glob("*.json"))
    for number, name in enumerate(names[1:-1:3]):
        backed.archive = backed.root / f"restored-{number}"
        backed.write_config()
        code, restored = backed.ask("backup", "restore", name)
        assert (code, restored["findings"]) == (0, []), restored
        assert backed.run("archive", "verify")[0] == 0
        assert backed.run("audit", "verify")[0] == 0


def test_two_backups_at_once_do_not_disturb_each_other(backed):
    children = [backed.start("backup", "create") for _ in range(3)]
    codes = {child.wait() for child in children}
    assert codes <= {0, 11}
    assert 0 in codes
    assert tried_out(backed) == 4


def test_a_restore_that_is_killed_is_no_archive_and_is_made_up_for(backed, killed_at):
    backed.run("backup", "create")
    backed.archive = backed.root / "elsewhere"
    backed.write_config()
    for number in (2, 6, 9):
        assert killed_at(number, "backup", "restore") != 0
        code, document = backed.ask("pull")
        assert (code, document["error"]["code"]) == (14, "restore-unfinished")
    code, restored = backed.ask("backup", "restore")
    assert (code, restored["shipments"]) == (0, 4)
    assert backed.run("archive", "verify")[0] == backed.run("audit", "verify")[0] == 0
    assert len(backed.records("restore")) == 2, "the backup's and the catalogue's"

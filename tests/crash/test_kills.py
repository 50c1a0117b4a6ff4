"""SIGKILL at the n-th sync or rename of the real command; `make test` takes a few, `make crash` one after the other."""

import os
import shutil
import subprocess

import pytest


SYNC, RENAME = "fsync,fdatasync", "rename,renameat,renameat2"
SAMPLE = [
    ("lists are cut", SYNC, 4),
    ("lists are cut", SYNC, 15),
    ("lists are cut", SYNC, 26),
    ("lists are cut", RENAME, 2),
    ("more mail comes", SYNC, 11),
    ("more mail comes", SYNC, 14),
    ("more mail comes", SYNC, 20),
    ("more mail comes", SYNC, 21),
    ("more mail comes", RENAME, 3),
    ("more mail comes", RENAME, 8),
]
"""Stories and positions.  Each thread is counted for itself: in a first run, the one that opens the archive comes first
to most numbers; in a later one, which finds the archive there, the one that works on the shipments does."""
EVERY = [
    (story, call, number)
    for story in ("lists are cut", "more mail comes")
    for call, last in ((SYNC, 40), (RENAME, 15))
    for number in range(1, last + 1)
]
CALLS = EVERY if os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full" else SAMPLE


@pytest.fixture
def killing(tmp_path):
    """Makes the words that kill a command at the n-th system call of a name."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    if subprocess.run([strace, "-o", tmp_path / "log", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not permitted here")

    def _killing(call, number):
        fault = f"inject={call}:signal=KILL:when={number}"
        return [strace, "-f", "-qq", "-o", str(tmp_path / "log"), "-e", f"trace={call}", "-e", fault]

    return _killing


@pytest.mark.parametrize(("name", "call", "number"), CALLS)
def test_a_kill_at_a_sync_or_a_rename_loses_nothing(plays, killing, name, call, number):
    story = plays(name)
    killed = story.killed(*killing(call, number))
    assert killed or (name, call, number) not in SAMPLE, "the run was over before"
    story.comes_to_rest()

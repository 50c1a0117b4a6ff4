"""SIGKILL at the n-th sync or rename of the real command; `make test` takes a few, `make crash` one after the other."""

import os
import shutil
import subprocess

import pytest


SYNC, RENAME = "fsync,fdatasync", "rename,renameat,renameat2"
SAMPLE = [(SYNC, 4), (SYNC, 15), (SYNC, 30), (SYNC, 45), (RENAME, 3), (RENAME, 10)]
EVERY = [(call, number) for call, last in ((SYNC, 150), (RENAME, 30)) for number in range(1, last + 1)]
CALLS = EVERY if os.environ.get("CRASH_CAMPAIGN") == "full" else SAMPLE


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


@pytest.mark.parametrize(("call", "number"), CALLS)
def test_a_kill_at_a_sync_or_a_rename_loses_nothing(plays, killing, call, number):
    story = plays("lists are cut")
    killed = story.killed(*killing(call, number))
    assert killed or (call, number) not in SAMPLE, "the run was over before"
    story.comes_to_rest()

"""The n-th write, sync or rename of a real pull fails with EIO; the next pull completes what it has left.

Everyday, one of each is tried; with BIPRO_SYNC_CAMPAIGN=full every single one.
"""

import json
import re
import shutil
import subprocess
from collections import Counter

import pytest

from ..tracing import system_calls


CALLS = ("fsync", "rename", "write", "pwrite64")
TRIED = (0.6,)
"""Where in a run the everyday faults are, as parts of it."""

SOCKET = r"^\d+<(TCP|socket):"


@pytest.fixture
def watched(office, tmp_path, ordinary_user):
    """Pulls as an ordinary user under strace; returns exit code, stdout, stderr and the calls it saw."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    if subprocess.run([strace, "-o", tmp_path / "log", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not permitted here")

    def _watched(*options):
        before = [*ordinary_user, strace, "-f", "-y", "--seccomp-bpf", "-o", tmp_path / "log", *options]
        child = office.start("pull", "--json", "--no-wait", before=before)
        out, err = child.communicate()
        calls = system_calls((tmp_path / "log").read_text(errors="replace"))
        return child.returncode, out, err, calls

    return _watched


def opened(office, number):
    office.opens(*(office.shipment(f"{each}{number}") for each in "AB"), workers=1)
    return [f"{each}{number}" for each in "AB"]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", CALLS)
def test_whichever_call_to_the_disk_fails_nothing_unstored_is_acknowledged_and_the_next_run_completes(
    office, watched, aftermath, full, name
):
    opened(office, 0)
    code, _, err, calls = watched("-e", f"trace={name}")
    assert code == 0, err
    on_disk, on_the_wire = (numbers_of(calls, of=place) for place in (re.escape(str(office.archive)), SOCKET))
    # A request that could not be written is waited for like any other, for two minutes.
    numbers = sorted(on_disk | on_the_wire if full else on_disk - on_the_wire)
    for number in numbers if full else [numbers[int(part * len(numbers))] for part in TRIED]:
        afresh(office)
        shipments = opened(office, number)

        code, out, err, calls = watched("-e", f"trace={name},fsync", "-e", f"inject={name}:error=EIO:when={number}")

        failed = [(place, call.arguments) for place, call in enumerate(calls) if "INJECTED" in call.result]
        where = f"{name} {number}: {failed}\n{err}"
        assert failed, where
        assert "Traceback" not in err, where
        on_disk = [(place, said) for place, said in failed if str(office.archive) in said]
        if not on_disk or (code and len(on_disk) < len(failed)):
            assert code in {0, 3, 13, 14} or (code == 12 and "the login was sent and no complete answer" in err), where
        elif code != 0:
            assert (code, json.loads(out)["exit_code"]) == (14, 14), where
        else:
            # SQLite begins a catalogue and tidies up after the last commit without telling of troubles it can bear.
            last = [place for place, call in enumerate(calls) if "/audit/audit-" in call.arguments][-1]
            for place, said in on_disk:
                assert "/.catalog.db." in said or ("/catalog.db" in said and place > last), where
        aftermath.is_safe()
        aftermath.is_completed(*shipments)


def numbers_of(calls, *, of):
    """The numbers of the calls that are about one of these places, as strace counts them: for each thread."""
    seen, numbers = Counter(), set()
    for call in calls:
        seen[call.thread] += 1
        if re.search(of, call.arguments):
            numbers.add(seen[call.thread])
    return numbers


def afresh(office):
    """Another archive and another insurer, as if nothing had been."""
    office.insurers.pop("muster").stop()
    shutil.rmtree(office.root / "insurer-muster")
    for path in office.archive.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(office.archive)

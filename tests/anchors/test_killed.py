"""A seal that dies at any of its steps; whoever seals next goes on from what is there."""

import shutil
import signal
import subprocess
import sys

import pytest

from bipro_sync.anchors.sealing import Seal
from bipro_sync.audit import RecordType, read
from bipro_sync.audit.checkpoints import Checkpoints, read_signed
from bipro_sync.audit.note_files import note_names
from bipro_sync.audit.verification import verify


SEAL = """
import sys
from pathlib import Path
from bipro_sync.anchors.sealing import Seal
from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.config.schema import AuditSection
from bipro_sync.model.ports import SystemClock
section = AuditSection.model_validate_json(sys.argv[1])
session = Session("run-2", "schedule", None, None, None, "u001", "bipro-sync", "bipro-sync 0.1.0")
log = AuditLog(Path(sys.argv[2]), session=session, clock=SystemClock())
log.write(RecordType.READ, detail="one more")
Seal(section, Path(sys.argv[2]), SystemClock(), log).put()
log.close()
"""


@pytest.fixture
def seal_dying(section, log, nas):
    """Seals in a process of its own that dies at its n-th system call of a kind; returns whether it did."""
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace is not installed, or not permitted here")
    text = section(nas).model_dump_json(exclude={"known_keys"})

    def _seal_dying(call, number):
        inject = [f"--inject={call}:signal=SIGKILL:when={number}", "-f", "-e", f"trace={call}", "-o", "/dev/null"]
        words = [strace, *inject, sys.executable, "-c", SEAL, text, log]
        child = subprocess.run(words, capture_output=True, text=True, check=False)
        assert child.returncode in {0, -signal.SIGKILL, 128 + signal.SIGKILL}, child.stderr
        return child.returncode != 0

    return _seal_dying


@pytest.fixture
def seal(section, log, nas, clock, opened):
    def _seal(records=0):
        one = opened(records)
        sealed = Seal(section(nas), log, clock, one).put()
        one.close()
        return sealed

    return _seal


@pytest.mark.parametrize(("call", "least"), [("fsync", 6), ("rename", 3)])
def test_wherever_a_seal_dies_the_next_one_goes_on(seal, seal_dying, log, call, least):
    known, number = seal(3).newest.signed_by, 1
    while seal_dying(call, number):
        assert seal().anchoring.troubles == ()
        number += 1
    assert number > least
    assert not verify(log).damaged
    signed = [read_signed(path, known).checkpoint.size for path in Checkpoints(log).paths()]
    assert sorted(set(signed)) == signed
    told = [record.count for record in read(log, types=[RecordType.CHECKPOINT])]
    assert told[-1] == signed[-1]
    assert set(told) <= set(signed)
    assert [f"bipro-sync-{name}" for name in note_names(log / "checkpoints")] == sorted(
        path.name for path in (log.parent / "nas").iterdir()
    )

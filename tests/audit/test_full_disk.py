import json
import resource
import subprocess
import sys

import pytest

from bipro_sync.audit import RecordType, read
from bipro_sync.audit.verification import verify


COMMON = """
import json, os, sys
from pathlib import Path
from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.errors import BiproSyncError
from bipro_sync.model.ports import CallIntent, CallOutcome, Operation, Outcome, SystemClock

root = Path(sys.argv[1])
session = Session("run-1", "schedule", None, None, None, "u001", "bipro-sync", "bipro-sync 0.1.0")
call = CallIntent("alpha", "alpha", "430", Operation.GET, "mail", "https://t.example", "4711", "a" * 64)
answered = CallOutcome(Outcome.STORAGE, 1, detail="x" * 4000)
told = {}

def tell(name, action, *arguments, **facts):
    try:
        action(*arguments, **facts)
        told[name] = "ok"
    except BiproSyncError as error:
        told[name] = error.code

def reserve():
    found = root / "audit/.reserve"
    return found.stat().st_size if found.exists() else 0
"""

TINY = (
    COMMON
    + """
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root], check=True)
log = AuditLog(root / "audit", session=session, clock=SystemClock(), reserve_bytes=64 << 10)
name = log.intent(call)
told["reserve"] = reserve()
filler = open(root / "filler", "wb", buffering=0)
try:
    while True:
        filler.write(bytes(4096))
except OSError as error:
    told["filled"] = os.strerror(error.errno)
# What still fits behind the last line in its block is filled, too: the reserve is all that is left.
try:
    while True:
        log.write(RecordType.SESSION_START, detail="y" * 500)
except BiproSyncError as error:
    told["start"] = error.code
told["untouched"] = reserve()
tell("intent", log.intent, call)
tell("checkpoint", log.write, RecordType.CHECKPOINT, detail="y" * 600)
tell("outcome", log.outcome, name, answered)
told["spent"] = reserve()
tell("decision", log.write, RecordType.ACK_DECISION, outcome="not acknowledged")
tell("second intent", log.intent, call)
log.close()
os.truncate(root / "filler", 0)
log = AuditLog(root / "audit", session=session, clock=SystemClock(), reserve_bytes=64 << 10)
tell("intent with room again", log.intent, call)
told["new reserve"] = reserve()
log.close()
subprocess.run(["cp", "-a", root / "audit", sys.argv[2]], check=True)
print(json.dumps(told))
"""
)


def test_on_a_full_disk_outcomes_find_their_place_and_intents_do_not(tmp_path):
    (tmp_path / "disk").mkdir()
    alone = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run(
        [*alone, "mount", "-t", "tmpfs", "tmpfs", tmp_path / "disk"], capture_output=True, check=False
    )
    if possible.returncode:
        pytest.skip(f"no file system of our own may be mounted here: {possible.stderr.decode().strip()}")
    child = subprocess.run(
        [*alone, sys.executable, "-c", TINY, tmp_path / "disk", tmp_path / "copy"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert json.loads(child.stdout) == {
        "reserve": 64 << 10,
        "filled": "No space left on device",
        "start": "disk-full",
        "untouched": 64 << 10,
        "intent": "disk-full",
        "checkpoint": "disk-full",
        "outcome": "ok",
        "spent": 0,
        "decision": "ok",
        "second intent": "disk-full",
        "intent with room again": "ok",
        "new reserve": 64 << 10,
    }
    found = verify(tmp_path / "copy")
    assert (found.damaged, found.torn_bytes, len(found.open_intents)) == (False, 0, 1)
    [outcome] = read(tmp_path / "copy", types=[RecordType.CALL_OUTCOME])
    assert (outcome.outcome, outcome.shipment) == ("storage", "4711")


LIMITED = (
    COMMON
    + """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = AuditLog(root / "audit", session=session, clock=SystemClock(), reserve_bytes=100)
name = log.intent(call)
tell("intent", log.intent, call)
tell("outcome", log.outcome, name, answered)
log.close()
print(json.dumps(told))
"""
)


def test_what_not_even_the_reserve_makes_room_for_is_refused_and_leaves_whole_lines_only(tmp_path):
    limit = 700
    child = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert child.returncode == 0, child.stderr
    assert json.loads(child.stdout) == {"intent": "disk-full", "outcome": "disk-full"}
    segment = (tmp_path / "audit/audit-000001.jsonl").read_bytes()
    assert segment.endswith(b"\n")
    found = verify(tmp_path / "audit")
    assert (found.damaged, found.records, found.torn_bytes, len(found.open_intents)) == (False, 1, 0, 1)

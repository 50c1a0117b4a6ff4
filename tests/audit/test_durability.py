from bipro_sync.audit import RecordType
from bipro_sync.audit.verification import verify


COMMON = """
import sys
from pathlib import Path
from bipro_sync.audit import AuditLog, Session
from bipro_sync.errors import StorageError
from bipro_sync.model.ports import CallIntent, CallOutcome, Operation, Outcome, SystemClock

session = Session("run-1", "schedule", None, None, None, "u001", "bipro-sync", "bipro-sync 0.1.0")
call = CallIntent("alpha", "alpha", "430", Operation.GET, "mail", "https://t.example", "4711", "a" * 64)
log = AuditLog(Path(sys.argv[1]), session=session, clock=SystemClock())
"""


def test_an_intent_is_on_the_device_before_the_call_and_an_outcome_when_it_returns(directory, traced):
    found = traced(
        COMMON
        + """
name = log.intent(call)
print("the call is made", flush=True)
log.outcome(name, CallOutcome(Outcome.UNKNOWN, 1))
print("and accounted for", flush=True)
""",
        directory,
        options=["-e", "trace=write,fsync"],
    )
    segment = f"<{directory}/audit-000001.jsonl>"
    intent, outcome = found.positions("write", segment)
    intent_synced, outcome_synced = found.positions("fsync", segment)
    [made] = found.positions("write", "the call is made")
    [accounted] = found.positions("write", "and accounted for")
    assert intent < intent_synced < made < outcome < outcome_synced < accounted
    assert found.positions("fsync", f"<{directory}>")[0] < made, "the segment's own name is on the device, too"


def test_a_good_outcome_is_written_at_once_and_on_the_device_with_the_next_record_or_the_log_s_end(directory, traced):
    found = traced(
        COMMON
        + """
log.outcome(log.intent(call), CallOutcome(Outcome.OK, 1))
print("accounted for", flush=True)
log.outcome(log.intent(call), CallOutcome(Outcome.OK, 1))
log.close()
""",
        directory,
        options=["-e", "trace=write,fsync,rename"],
    )
    segment = f"<{directory}/audit-000001.jsonl>"
    _, outcome, second, last = found.positions("write", segment)
    _, second_synced, last_synced = found.positions("fsync", segment)
    [accounted] = found.positions("write", "accounted for")
    [noted] = found.positions("rename", ".head")
    assert outcome < accounted < second < second_synced < last < last_synced < noted


def test_before_another_segment_begins_what_other_processes_wrote_to_the_last_one_is_on_the_device(directory, traced):
    found = traced(
        COMMON
        + """
other = AuditLog(Path(sys.argv[1]), session=session, clock=SystemClock(), segment_bytes=1)
log.outcome(log.intent(call), CallOutcome(Outcome.OK, 1))
print("nobody has made that durable", flush=True)
other.intent(call)
print("and now there is a second segment", flush=True)
""",
        directory,
        options=["-e", "trace=write,fsync"],
    )
    [said] = found.positions("write", "nobody has made that durable")
    *_, last_synced = found.positions("fsync", f"<{directory}/audit-000001.jsonl>")
    [begun] = found.positions("write", f"<{directory}/audit-000002.jsonl>")
    assert said < last_synced < begun


def test_where_the_log_cannot_be_synced_no_intent_is_given_and_nothing_is_tried_again(directory, traced):
    directory.mkdir()
    found = traced(
        COMMON
        + """
for attempt in range(2):
    try:
        log.intent(call)
        print("a call would be made")
    except StorageError as error:
        print(error.code)
log.close()
""",
        directory,
        options=["-e", "trace=fsync", "-P", directory / "audit-000001.jsonl", "-e", "inject=fsync:error=EIO"],
    )
    assert found.output == "storage\nstorage\n"
    [(_, _, result)] = found.calls
    assert "INJECTED" in result


def test_a_disk_that_is_full_only_at_the_fsync_costs_the_outcome_and_the_log_goes_on(directory, traced, open_log):
    directory.mkdir()
    found = traced(
        COMMON
        + """
name = log.intent(call)
for attempt in range(2):
    try:
        log.outcome(name, CallOutcome(Outcome.UNKNOWN, 1))
        print("accounted for")
    except StorageError as error:
        print(error.code)
log.close()
""",
        directory,
        options=[
            *("-e", "trace=fsync", "-P", directory / "audit-000001.jsonl"),
            *("-e", "inject=fsync:error=ENOSPC:when=2+"),
        ],
    )
    assert found.output == "storage\nstorage\n"
    assert ["INJECTED" in result for _, _, result in found.calls] == [False, True]
    record = open_log().write(RecordType.SESSION_START)
    assert record.seq in (2, 3)
    assert not verify(directory).damaged

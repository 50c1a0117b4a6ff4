import hashlib
import json
import shutil
import subprocess
import sys
import threading

import pytest

from bipro_sync.audit import AuditLog, RecordType, read
from bipro_sync.audit.verification import verify
from bipro_sync.durable import FileLock
from bipro_sync.errors import IntegrityError, StorageError
from bipro_sync.model.ports import CallIntent, CallOutcome, Operation, Outcome, SystemClock


ZEROS = "0" * 64


def lines_of(directory):
    return [line for path in sorted(directory.glob("audit-*.jsonl")) for line in path.read_bytes().splitlines()]


def sha256(line):
    return hashlib.sha256(line).hexdigest()


def test_each_record_names_the_hash_of_the_line_before_it(written):
    lines = written.read_bytes().splitlines()
    before = ZEROS
    for number, line in enumerate(lines, start=1):
        record = json.loads(line)
        assert (record["seq"], record["prev"]) == (number, before)
        before = sha256(line)
    assert len(lines) == 6


def test_each_insurer_has_a_chain_of_its_own(written):
    before = {}
    for line in written.read_bytes().splitlines():
        record = json.loads(line)
        if "insurer" not in record:
            assert "insurer_seq" not in record
            assert "insurer_prev" not in record
            continue
        number, digest = before.get(record["insurer"], (0, ZEROS))
        assert (record["insurer_seq"], record["insurer_prev"]) == (number + 1, digest)
        before[record["insurer"]] = (number + 1, sha256(line))
    assert {insurer: number for insurer, (number, _) in before.items()} == {"alpha": 2, "beta": 2}


def test_a_record_says_who_and_when(open_log, directory):
    returned = open_log().write(RecordType.ACK_DECISION, insurer="alpha", shipment="4711", outcome="held")
    [record] = read(directory)
    assert record == returned
    assert record.ts == "2026-11-21T09:00:01.000000Z"
    assert (record.run, record.actor, record.responsible, record.os_user) == (
        *("run-1", "schedule", "u001", "bipro-sync"),
    )
    assert (record.principal, record.software) == (None, "bipro-sync 0.1.0")


def test_an_outcome_repeats_which_call_it_belongs_to(open_log, directory, call, answered):
    log = open_log()
    name = log.intent(call("alpha", Operation.GET, "4711"))
    log.outcome(name, answered)
    intent, outcome = read(directory)
    assert intent.call == outcome.call == name
    assert (intent.type, outcome.type) == (RecordType.CALL_INTENT, RecordType.CALL_OUTCOME)
    for key in ("insurer", "account", "service", "operation", "exchange", "endpoint", "shipment"):
        assert getattr(intent, key) == getattr(outcome, key)
    assert outcome.shipment == "4711"
    assert (intent.request_sha256, intent.outcome) == ("a" * 64, None)
    assert (outcome.outcome, outcome.http_status, outcome.count, outcome.duration_ms) == ("ok", 200, 3, 12)


def test_the_log_goes_on_over_segments_and_runs(open_log, directory, call, answered):
    for _ in range(3):
        log = open_log(segment_bytes=2000)
        for _ in range(5):
            log.outcome(log.intent(call()), answered)
        log.close()
    assert [record.seq for record in read(directory)] == list(range(1, 31))
    segments = sorted(path.name for path in directory.glob("audit-*"))
    assert segments[:2] == ["audit-000001.jsonl", "audit-000002.jsonl"]
    found = verify(directory)
    assert (found.damaged, found.records, found.segments) == (False, 30, len(segments))


def test_the_directory_is_for_its_owner_only(open_log, directory):
    log = open_log()
    log.write(RecordType.SESSION_START)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "audit-000001.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_run_that_ended_well_spares_the_next_one_reading_the_log(open_log, directory):
    log = open_log(segment_bytes=1)
    for _ in range(3):
        log.write(RecordType.READ, insurer="alpha")
    log.close()
    first = directory / "audit-000001.jsonl"
    first.rename(directory / "elsewhere")
    record = open_log(segment_bytes=1).write(RecordType.READ, insurer="alpha")
    (directory / "elsewhere").rename(first)
    assert (record.seq, record.insurer_seq) == (4, 4)
    assert not verify(directory).damaged


def _signed(note):
    return note + b"\n" + hashlib.sha256(note).hexdigest().encode()


@pytest.mark.parametrize(
    "note",
    [
        None,
        b"",
        b"{}",
        b"\x00\xff",
        b'{"seq":2}\n' + b"0" * 64,
        *map(_signed, (b"", b"[]", b"{}", b"no JSON", b"\xff", b'{"seq":"two"}', b'{"end":{"seq":2}}')),
    ],
)
def test_without_a_readable_note_the_log_is_read_from_its_beginning(open_log, directory, written, note):
    (directory / ".head").unlink()
    if note is not None:
        (directory / ".head").write_bytes(note)
    record = open_log().write(RecordType.READ, insurer="beta")
    assert (record.seq, record.insurer_seq) == (7, 3)
    assert not verify(directory).damaged


def test_an_older_note_is_good_enough(open_log, directory, written):
    older = (directory / ".head").read_bytes()
    log = open_log()
    log.write(RecordType.READ, insurer="alpha")
    log.close()
    (directory / ".head").write_bytes(older)
    record = open_log().write(RecordType.READ, insurer="alpha")
    assert (record.seq, record.insurer_seq) == (8, 4)


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_nothing_is_written_to_a_log_that_no_longer_ends_as_it_did(open_log, written, damage):
    lines = written.read_bytes().splitlines(keepends=True)
    if damage == "cut":
        written.write_bytes(b"".join(lines[:-1]))
    elif damage == "changed":
        written.write_bytes(b"".join(lines).replace(b"fertig", b"FERTIG"))
    else:
        written.unlink()
    with pytest.raises(IntegrityError, match="no longer holds record 6"):
        open_log()


@pytest.mark.parametrize("foreign", [b"garbage\n", b'{"seq":9,"prev":"0"}\n', b'{"seq":7,"prev":"0"}\n'])
def test_nothing_is_written_behind_a_line_that_is_not_the_next_record(open_log, written, foreign):
    log = open_log()
    with written.open("ab") as file:
        file.write(foreign)
    before = written.read_bytes()
    with pytest.raises(IntegrityError, match="behind record 6"):
        log.write(RecordType.SESSION_END)
    assert written.read_bytes() == before


def test_nothing_is_written_to_a_log_that_has_become_shorter_meanwhile(open_log, written):
    log = open_log()
    log.write(RecordType.SESSION_START)
    written.write_bytes(b"")
    with pytest.raises(IntegrityError, match="shorter"):
        log.write(RecordType.SESSION_END)


def test_nothing_is_written_where_a_segment_ends_inside_a_record(open_log, directory, written):
    (directory / ".head").unlink()
    written.write_bytes(written.read_bytes()[:-5])
    shutil.copy(written, directory / "audit-000002.jsonl")
    with pytest.raises(IntegrityError, match="segment 1 ends inside a record"):
        open_log()


def test_threads_write_one_chain(open_log, directory, call, answered):
    log = open_log()

    def _work():
        for _ in range(20):
            log.outcome(log.intent(call()), answered)

    threads = [threading.Thread(target=_work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(directory)
    assert (found.damaged, found.records, found.open_intents) == (False, 240, ())


CHILD = """
import sys, threading
from pathlib import Path
from bipro_sync.audit import AuditLog, Session
from bipro_sync.model.ports import CallIntent, CallOutcome, Operation, Outcome, SystemClock

name = sys.argv[2]
session = Session(name, "schedule", None, None, None, "u001", "bipro-sync", "bipro-sync 0.1.0")
log = AuditLog(Path(sys.argv[1]), session=session, clock=SystemClock(), segment_bytes=20_000)
print("ready", flush=True)
sys.stdin.read(1)
intent = CallIntent(name, name, "430", Operation.LIST, "list", "https://t.example", None, "a" * 64)

def work():
    for _ in range(25):
        log.outcome(log.intent(intent), CallOutcome(Outcome.OK, 1))

threads = [threading.Thread(target=work) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
log.close()
"""


def test_while_another_process_writes_nobody_else_does(open_log, directory, written):
    log = open_log()
    before = written.read_bytes()
    with FileLock(directory / ".lock"):
        writing = threading.Thread(target=log.write, args=(RecordType.SESSION_START,))
        writing.start()
        writing.join(0.2)
        assert writing.is_alive()
        assert written.read_bytes() == before
    writing.join()
    assert len(list(read(directory))) == 7


def test_processes_and_their_threads_write_one_chain(directory):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, directory, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("alpha", "beta")
    ]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("g")
        child.stdin.flush()
    while any(child.poll() is None for child in children):
        assert not verify(directory).damaged
    for child in children:
        child.communicate()
        assert child.returncode == 0
    found = verify(directory)
    assert (found.damaged, found.records, found.open_intents) == (False, 300, ())
    assert found.insurers == {"alpha": 150, "beta": 150}
    assert found.segments > 1
    runs = [record.run for record in read(directory)]
    assert runs != sorted(runs), "the two processes never took turns, so nothing was shown"


def test_a_line_cut_at_any_byte_is_kept_aside_and_recorded(open_log, directory, written):
    content = written.read_bytes()
    start = content.rindex(b"\n", 0, -1) + 1
    (directory / ".head").unlink()
    for end in range(start + 1, len(content)):
        written.write_bytes(content[:end])
        log = open_log()
        log.write(RecordType.SESSION_START)
        [torn] = directory.glob("torn-*.bin")
        assert torn.read_bytes() == content[start:end]
        *_, repaired, after = read(directory)
        assert (repaired.seq, repaired.type, after.seq) == (6, RecordType.LOG_REPAIRED, 7)
        assert f"{end - start} bytes" in repaired.detail
        assert torn.name in repaired.detail
        assert not verify(directory).damaged
        torn.unlink()
        assert not (directory / ".torn").exists()


def test_a_line_cut_while_the_log_is_open_is_kept_aside_too(open_log, directory):
    log = open_log()
    log.write(RecordType.SESSION_START)
    with (directory / "audit-000001.jsonl").open("ab") as file:
        file.write(b'{"seq":2,"ts"')
    log.write(RecordType.SESSION_END)
    assert [record.type for record in read(directory)] == ["session.start", "log.repaired", "session.end"]
    assert [path.read_bytes() for path in directory.glob("torn-*.bin")] == [b'{"seq":2,"ts"']


def test_a_repair_that_was_interrupted_is_recorded_by_the_next_run(open_log, directory, written):
    (directory / ".torn").write_bytes(b'{"seq":7,')
    log = open_log()
    log.close()
    *_, repaired = read(directory)
    assert (repaired.seq, repaired.type) == (7, RecordType.LOG_REPAIRED)
    assert [path.read_bytes() for path in directory.glob("torn-*.bin")] == [b'{"seq":7,']
    assert not (directory / ".torn").exists()
    open_log()
    assert len(list(read(directory))) == 7


POWER_CUTS = {
    "lost": bytes(700),
    "lost over many blocks": bytes(3 << 20),
    "cut, then lost": b'{"seq":7,"ts":"2026-11-21T09:0' + bytes(4000),
    "lost but for its end": bytes(300) + b'b2e5"}\n',
    "cut, lost, its end kept": b'{"seq":7,"ts"' + bytes(4096) + b'b2e5"}\n',
    "several lines lost in part": b'{"seq":7' + bytes(99) + b'5"}\n{"seq":8' + bytes(99) + b'7"}\n' + bytes(50),
    "lost but for its end, and one cut": bytes(300) + b'b2e5"}\n{"seq":8,"ts"',
}


@pytest.fixture(params=POWER_CUTS.values(), ids=POWER_CUTS.keys())
def lost(request):
    """What a power cut may leave behind the last record: NUL where a file's length was kept, and not its bytes."""
    return request.param


@pytest.mark.parametrize("noted", [True, False])
def test_what_a_power_cut_took_from_the_log_s_end_is_kept_aside_and_recorded(open_log, directory, written, lost, noted):
    if not noted:
        (directory / ".head").unlink()
    with written.open("ab") as file:
        file.write(lost)
    before = verify(directory)
    assert (before.damaged, before.records, before.torn_bytes) == (False, 6, len(lost))
    assert [record.seq for record in read(directory)] == [1, 2, 3, 4, 5, 6]

    log = open_log()
    log.write(RecordType.SESSION_START)

    assert [path.read_bytes() for path in directory.glob("torn-*.bin")] == [lost]
    *_, repaired, after = read(directory)
    assert (repaired.seq, repaired.type, after.seq) == (7, RecordType.LOG_REPAIRED, 8)
    assert f"{len(lost)} bytes" in repaired.detail
    found = verify(directory)
    assert (found.damaged, found.records, found.torn_bytes) == (False, 8, 0)
    assert not (directory / ".torn").exists()


def test_what_a_power_cut_took_from_a_segment_s_beginning_is_kept_aside_too(open_log, directory, written, lost):
    segment = directory / "audit-000002.jsonl"
    segment.write_bytes(lost)
    assert (verify(directory).damaged, verify(directory).torn_bytes) == (False, len(lost))
    assert [record.seq for record in read(directory, after=3)] == [4, 5, 6]
    open_log(segment_bytes=1000).write(RecordType.SESSION_START)
    assert [path.read_bytes() for path in directory.glob("torn-*.bin")] == [lost]
    assert len(segment.read_bytes().splitlines()) == 2
    assert not verify(directory).damaged


def test_what_is_lost_before_a_whole_record_is_damage_and_nothing_is_written(open_log, directory, written):
    (directory / ".head").unlink()
    lines = written.read_bytes().splitlines(keepends=True)
    for number in range(1, 6):
        harmed = bytes(len(lines[number - 1]) - 9) + lines[number - 1][-9:]
        content = b"".join([*lines[: number - 1], harmed, *lines[number:]]) + bytes(100)
        written.write_bytes(content)
        found = verify(directory)
        assert (found.bad_seq, found.reason) == (number, "bytes of it are lost, and a whole line follows")
        with pytest.raises(IntegrityError):
            list(read(directory))
        with pytest.raises(IntegrityError, match=f"behind record {number - 1}"):
            open_log()
        assert written.read_bytes() == content


def test_what_is_lost_of_a_record_that_a_finished_run_had_written_is_damage(open_log, directory, written):
    lines = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(b"".join(lines[:-1]) + bytes(len(lines[-1])))
    assert verify(directory).bad_seq == 6
    with pytest.raises(IntegrityError, match="no longer holds record 6"):
        open_log()


def test_what_is_lost_at_the_end_of_a_segment_that_another_follows_is_damage(open_log, directory, written, lost):
    (directory / ".head").unlink()
    shutil.copy(written, directory / "audit-000002.jsonl")
    with written.open("ab") as file:
        file.write(lost)
    assert verify(directory).damaged
    with pytest.raises(IntegrityError, match="segment 1 ends inside a record"):
        open_log()


def test_of_two_processes_that_find_what_a_power_cut_left_one_keeps_it_aside(directory, written, lost):
    with written.open("ab") as file:
        file.write(lost)
    with FileLock(directory / ".lock"):
        children = [
            subprocess.Popen(
                [sys.executable, "-c", CHILD, directory, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for name in ("alpha", "beta")
        ]
    for child in children:
        child.communicate("g")
        assert child.returncode == 0
    found = verify(directory)
    assert (found.damaged, found.records, found.torn_bytes) == (False, 6 + 1 + 300, 0)
    assert [record.seq for record in read(directory, types=[RecordType.LOG_REPAIRED])] == [7]


def test_a_process_killed_while_it_writes_leaves_a_log_that_goes_on(open_log, directory):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.replace("range(25)", "range(10**9)"), directory, "alpha"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout.readline() == b"ready\n"
    child.stdin.write(b"g")
    child.stdin.flush()
    while verify(directory).records < 50:
        assert child.poll() is None
    child.kill()
    child.communicate()
    written = verify(directory).records
    record = open_log().write(RecordType.SESSION_START)
    assert record.seq in (written + 1, written + 2)
    found = verify(directory)
    assert not found.damaged
    assert len(found.open_intents) <= 3


@pytest.mark.parametrize("name", ["audit-000001.jsonl", ".head"])
def test_a_log_that_cannot_be_read_is_a_storage_error(open_log, directory, name):
    (directory / name).mkdir(parents=True)
    with pytest.raises(StorageError, match="Cannot read the audit log"):
        open_log()


def test_the_log_that_cannot_be_made_is_a_storage_error(tmp_path, session):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        AuditLog(tmp_path / "file", session=session, clock=SystemClock())


def test_the_observer_of_calls_is_the_log_itself(open_log, directory):
    log = open_log()
    intent = CallIntent("alpha", "a", "sts", Operation.ISSUE, "auth", "https://sts.example", None, "c" * 64)
    log.outcome(log.intent(intent), CallOutcome(Outcome.REFUSED, 3, detail="refused"))
    sent, ended = read(directory)
    assert (sent.type, ended.type, ended.outcome) == (RecordType.CALL_INTENT, RecordType.CALL_OUTCOME, "refused")
    assert sent.call == ended.call

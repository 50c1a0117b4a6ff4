from datetime import UTC, datetime

import pytest

from bipro_sync.audit import AuditLog, RecordType, walking
from bipro_sync.audit.findings import DamageError
from bipro_sync.audit.segment import check_segment
from bipro_sync.audit.walking import Walk

from .conftest import SteppingClock


@pytest.fixture
def log(open_log, directory, call, answered, monkeypatch):
    """A log of many segments that counts as a large one, so that other processes help to check it."""
    log = open_log(segment_bytes=2000)
    for number in range(20):
        log.write(RecordType.SESSION_START, insurer=("alpha", "beta")[number % 2])
        log.outcome(log.intent(call("alpha")), answered)
    log.intent(call("beta"))
    log.close()
    assert len(list(directory.glob("audit-*.jsonl"))) > 8
    monkeypatch.setattr(walking, "_LARGE", 1)
    return directory


@pytest.fixture
def log_of_a_clock_put_back(open_log, directory, session, monkeypatch):
    """The same, but that the clock was ahead by years in the first segment, and again in one in the middle."""
    for begin in (0, 20):
        ahead = SteppingClock()
        ahead.moment = datetime(2031, 1, 1, begin, tzinfo=UTC)
        log = AuditLog(directory, session=session, clock=ahead, segment_bytes=2000)
        log.write(RecordType.SESSION_START, insurer="alpha")
        log.close()
        log = open_log(segment_bytes=2000)
        for number in range(20):
            log.write(RecordType.SESSION_END, insurer=("alpha", "beta")[number % 2])
        log.close()
    monkeypatch.setattr(walking, "_LARGE", 1)
    return directory


def walked(directory, cuts=()):
    walk = Walk(directory, cuts, (0, ""), 0)
    damage = None
    try:
        walk.run()
    except DamageError as error:
        damage = (error.seq, error.reason)
    told = (walk.end, walk.segments, walk.points, walk.open_intents, walk.torn_bytes, walk.set_back, walk.first_ts)
    return told, damage


def alone(directory, monkeypatch, cuts=()):
    with monkeypatch.context() as patch:
        patch.setattr(walking, "_LARGE", 1 << 40)
        return walked(directory, cuts)


def test_several_processes_find_what_one_finds(log, monkeypatch):
    cuts = {1, 7, 30, 61}
    together = walked(log, cuts)
    assert together == alone(log, monkeypatch, cuts)
    assert set(together[0][2]) == cuts
    assert len(together[0][3]) == 1


def test_several_processes_tell_as_often_as_one_that_the_clock_was_put_back(log_of_a_clock_put_back, monkeypatch):
    together = walked(log_of_a_clock_put_back, {1, 7, 30})
    assert together == alone(log_of_a_clock_put_back, monkeypatch, {1, 7, 30})
    assert [each.seq for each in together[0][5]] == [2, 23]


def test_a_clock_that_was_once_ahead_makes_no_segment_be_checked_twice(log_of_a_clock_put_back, monkeypatch):
    checked = []
    monkeypatch.setattr(walking, "check_segment", lambda task, *end: checked.append(end) or check_segment(task, *end))
    walked(log_of_a_clock_put_back)
    segments = len(list(log_of_a_clock_put_back.glob("audit-*.jsonl")))
    assert sum(1 for end in checked if end) <= 3 < segments, "only where the clock was put back within a segment"


@pytest.mark.parametrize("attack", ["edit", "delete", "swap segments", "an insurer's number", "a segment less", "torn"])
def test_several_processes_name_the_same_first_bad_record(log, monkeypatch, attack):
    segments = sorted(log.glob("audit-*.jsonl"))
    middle, after = segments[4:6]
    lines = middle.read_bytes().splitlines(keepends=True)
    if attack == "edit":
        middle.write_bytes(middle.read_bytes().replace(b'"os_user":"bipro', b'"os_user":"Bipro', 1))
    elif attack == "delete":
        middle.write_bytes(b"".join(lines[1:]))
    elif attack == "swap segments":
        content = middle.read_bytes()
        middle.write_bytes(after.read_bytes())
        after.write_bytes(content)
    elif attack == "an insurer's number":
        middle.write_bytes(middle.read_bytes().replace(b'"insurer_seq":', b'"insurer_seq":9', 1))
    elif attack == "a segment less":
        middle.unlink()
    else:
        middle.write_bytes(middle.read_bytes()[:-1])
    together, single = walked(log), alone(log, monkeypatch)
    assert together[1] is not None
    assert together[1] == single[1]

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.audit.presence import presence_of
from bipro_sync.audit.sessions import SessionIndex, login_after, login_before, sessions_at
from bipro_sync.errors import IntegrityError


class MinuteClock:
    """Goes on by one minute at each look, from nine o'clock on."""

    def __init__(self):
        self.moment = datetime(2026, 11, 21, 8, 59, tzinfo=UTC)

    def now(self):
        self.moment += timedelta(minutes=1)
        return self.moment


@pytest.fixture
def clock():
    return MinuteClock()


@pytest.fixture
def opened(directory, clock):
    logs = []

    def _opened(run, person=None):
        session = Session(
            run=run,
            actor="person" if person else "schedule",
            principal=person,
            principal_name=person and "Erika Beispiel",
            role=person and "admin",
            responsible=None if person else "u001",
            os_user=person or "bipro-sync",
            software="bipro-sync 0.1.0",
        )
        log = AuditLog(directory, session=session, clock=clock, segment_bytes=2000)
        logs.append(log)
        return log

    yield _opened
    for log in logs:
        log.close()


@pytest.fixture
def told(opened, call, answered):
    """From 9:00 to 9:05 the schedule at alpha, with a call; at 9:06 u002 looks; from 9:07 u002 at beta, who dies."""
    log = opened("run-1")
    log.write(RecordType.SESSION_START, insurer="alpha", account="alpha")
    log.outcome(log.intent(call("alpha")), answered)
    log.outcome(log.intent(call("alpha", shipment="4711")), answered)
    log.write(RecordType.SESSION_END, insurer="alpha")
    opened("run-2", "u002").write(RecordType.READ, operation="audit list")
    log = opened("run-3", "u002")
    log.write(RecordType.SESSION_START, insurer="beta", account="beta")
    log.intent(call("beta"))


def at(minute):
    return f"2026-11-21T09:{minute:02}:30.000000Z"


def test_who_was_there_is_told_with_all_calls(directory, told):
    index = SessionIndex(directory, None)
    [session] = sessions_at(index.sessions(), at(2))
    presence = presence_of(index.records(session))
    assert (presence.who, presence.insurer, presence.login, presence.ended) == (
        "schedule (u001 answers for it)",
        "alpha",
        True,
        True,
    )
    assert (presence.begin[11:16], presence.end[11:16]) == ("09:00", "09:05")
    assert [(each.seq, each.exchange, each.shipment, each.outcome) for each in presence.calls] == [
        (2, "list", None, "ok"),
        (4, "list", "4711", "ok"),
    ]


def test_a_login_without_an_end_may_have_lasted_and_its_open_call_is_unknown(directory, told):
    index = SessionIndex(directory, None)
    [session] = sessions_at(index.sessions(), at(50))
    presence = presence_of(index.records(session))
    assert (presence.who, presence.insurer, presence.ended) == ("u002 (Erika Beispiel)", "beta", False)
    assert [each.outcome for each in presence.calls] == [None]


def test_a_login_without_an_end_has_ended_before_the_next_one_at_that_insurer(directory, told, opened):
    opened("run-4").write(RecordType.SESSION_START, insurer="beta")
    sessions = SessionIndex(directory, None).sessions()
    assert [each.run for each in sessions_at(sessions, at(8))] == ["run-3"]
    assert [each.run for each in sessions_at(sessions, at(20))] == ["run-4"]


def test_the_nearest_logins_before_and_after_are_told(directory, told):
    sessions = SessionIndex(directory, None).sessions()
    assert sessions_at(sessions, at(5)) == []
    assert (login_before(sessions, at(5)).run, login_after(sessions, at(5)).run) == ("run-1", "run-3")
    assert login_before(sessions, "2026-11-21T08:00:00.000000Z") is None


def test_a_kept_index_goes_on_from_where_it_was_and_reads_no_line_twice(directory, told, opened, tmp_path):
    index = SessionIndex(directory, tmp_path / "sessions")
    before = index.sessions()
    opened("run-5", "u002").write(RecordType.READ)
    first = directory / "audit-000001.jsonl"
    content = first.read_bytes()
    first.write_bytes(b"x" * len(content))
    assert [each.run for each in index.sessions()] == [*(each.run for each in before), "run-5"]
    first.write_bytes(content)
    assert index.sessions() == SessionIndex(directory, None).sessions()


@pytest.mark.parametrize("damage", ["another log", "a shorter log", "garbage", "an end that is none"])
def test_an_index_that_is_not_the_logs_is_made_anew(directory, told, tmp_path, damage):
    path = tmp_path / "sessions"
    SessionIndex(directory, path).sessions()
    last = max(directory.glob("audit-*.jsonl"))
    if damage == "another log":
        last.write_bytes(last.read_bytes().replace(b"run-3", b"run-9"))
    elif damage == "a shorter log":
        last.write_bytes(b"".join(last.read_bytes().splitlines(keepends=True)[:-1]))
    elif damage == "garbage":
        path.write_bytes(b"garbage")
    else:
        path.write_bytes(path.read_bytes()[:-1])
    assert SessionIndex(directory, path).sessions() == SessionIndex(directory, None).sessions()


def test_what_the_index_says_is_not_believed_against_the_log(directory, told, tmp_path):
    index = SessionIndex(directory, tmp_path / "sessions")
    first, second, *_ = index.sessions()
    first.run = "run-9"
    with pytest.raises(IntegrityError, match="thrown away"):
        list(index.records(first))
    assert [each.run for each in index.sessions()] == ["run-1", "run-2", "run-3"]
    assert [each.run for each in index.records(second)] == ["run-2"]


def test_a_line_that_is_no_record_is_refused(directory, told):
    first = directory / "audit-000001.jsonl"
    first.write_bytes(first.read_bytes().replace(b'"seq":2', b'"seq":x'))
    with pytest.raises(IntegrityError):
        SessionIndex(directory, None).sessions()


MOVES = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["alpha", "beta", None]), st.booleans()), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(moves=[(0, "alpha", False), (1, "alpha", True)], minute=5)
@given(moves=MOVES, minute=st.integers(-2, 70))
def test_the_answer_is_that_of_whoever_reads_every_line(tmp_path_factory, moves, minute):
    directory = tmp_path_factory.mktemp("log")
    clock = MinuteClock()
    on, done = set(), set()
    for number, (run, insurer, ends) in enumerate(moves):
        session = Session(f"run-{run}", "schedule", None, None, None, "u001", "bipro-sync", "bipro-sync 0.1.0")
        log = AuditLog(directory, session=session, clock=clock, segment_bytes=900)
        key = (run, insurer)
        if insurer and key not in {*on, *done} and not any(other == insurer for _, other in on):
            log.write(RecordType.SESSION_START, insurer=insurer)
            on.add(key)
        elif key in on and ends:
            log.write(RecordType.SESSION_END, insurer=insurer)
            on.remove(key)
            done.add(key)
        else:
            log.write(RecordType.READ, insurer=insurer, count=number)
        log.close()
    lines = [line for path in sorted(directory.glob("audit-*.jsonl")) for line in path.read_bytes().splitlines()]
    records = [json.loads(line) for line in lines]
    moment = (datetime(2026, 11, 21, 9, 0, 30, tzinfo=UTC) + timedelta(minutes=minute)).isoformat()[:19] + ".000000Z"
    expected = set()
    for key in {(record["run"], record.get("insurer")) for record in records}:
        mine = [record for record in records if (record["run"], record.get("insurer")) == key]
        types = {record["type"] for record in mine}
        still_on = "session.start" in types and "session.end" not in types
        later = [
            record["ts"]
            for record in records
            if record["type"] == "session.start"
            and record.get("insurer") == key[1]
            and record["run"] != key[0]
            and record["seq"] > mine[0]["seq"]
        ]
        end = max(mine[-1]["ts"], *later[:1]) if still_on and later else "~" if still_on else mine[-1]["ts"]
        if mine[0]["ts"] <= moment <= end:
            expected.add(key)
    found = sessions_at(SessionIndex(directory, None).sessions(), moment)
    assert {(each.run, each.insurer) for each in found} == expected

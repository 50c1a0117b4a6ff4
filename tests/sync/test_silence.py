from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.catalog import InsurerSummary
from bipro_sync.config import Expected, parse_duration
from bipro_sync.model.kinds import Kind
from bipro_sync.model.working_days import WorkingDays
from bipro_sync.sync.memory import MissingRight, RunMemory
from bipro_sync.sync.silence import Reach, cadences, reach_of


MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LATER = MONDAY + timedelta(days=4)  # Friday
HOUR = timedelta(hours=1)


def watched(now=LATER, *, memory=None, length="3 working days", number=None, **summary):
    expected = Expected(
        kinds={} if number else {Kind.MAIL: parse_duration(length)},
        numbers={number: {Kind.MAIL: parse_duration(length)}} if number else {},
        days=WorkingDays("DE"),
        contract_end=None,
    )
    [found] = cadences(expected, InsurerSummary("muster", **summary), memory or RunMemory(first_run_at=MONDAY), now)
    return found


def mail_at(moment):
    return {Kind.MAIL: (moment, 1)}


def ran(attempt, success, outcome="ok", **more):
    return {"last_attempt_at": attempt, "last_success_at": success, "last_outcome": outcome} | more


def test_what_came_in_time_is_no_silence():
    found = watched(MONDAY + timedelta(days=3), **ran(MONDAY, MONDAY, deliveries=mail_at(MONDAY)))
    assert (found.why, found.grave, found.last_delivery_at) == (None, False, MONDAY)


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        (ran(LATER - HOUR, LATER - HOUR), Reach.REACHABLE),
        (ran(LATER - HOUR, LATER - 5 * HOUR, "unreachable"), Reach.REACHABLE),  # it was heard within the time
        (ran(LATER - HOUR, MONDAY, "unreachable"), Reach.UNREACHABLE),
        (ran(LATER - HOUR, MONDAY, "protocol"), Reach.UNREACHABLE),
        (ran(LATER - HOUR, None, "temporary"), Reach.UNREACHABLE),
        (ran(LATER - HOUR, MONDAY, "login-refused"), Reach.REFUSED),
        (ran(LATER - HOUR, MONDAY, "breaker-open"), Reach.REFUSED),
        (ran(LATER - HOUR, MONDAY, "credential-missing"), Reach.REFUSED),
        (ran(LATER - HOUR, MONDAY, "missing-right"), Reach.REFUSED),
        (ran(LATER - HOUR, MONDAY, "disk-full"), Reach.FAILED),
        (ran(LATER - HOUR, MONDAY, "died"), Reach.FAILED),
        (ran(MONDAY, MONDAY), Reach.NEVER_RAN),  # the timer stands still
        ({}, Reach.NEVER_RAN),
    ],
)
def test_why_nothing_came_is_one_of_four_different_things_or_our_own_fault(summary, why):
    assert watched(**summary, deliveries=mail_at(MONDAY)).why is why


def test_a_missing_right_to_the_kind_is_a_refusal():
    missing = MissingRight(kind=Kind.MAIL, right="archive", since=MONDAY)
    memory = RunMemory(first_run_at=MONDAY, missing_rights=(missing,))
    assert watched(memory=memory, **ran(LATER, LATER)).why is Reach.REFUSED


def test_what_never_came_is_expected_from_the_first_run_on():
    assert watched(MONDAY + timedelta(days=3), **ran(MONDAY, MONDAY)).why is None
    assert watched(**ran(LATER, LATER)).why is Reach.REACHABLE


def test_holidays_and_weekends_are_no_silence():
    thursday = datetime(2026, 4, 2, 8, 0, tzinfo=UTC)  # before Good Friday
    success = ran(thursday + timedelta(days=7), thursday + timedelta(days=7), deliveries=mail_at(thursday))
    assert watched(thursday + timedelta(days=7), **success).why is None
    assert watched(thursday + timedelta(days=7, hours=1), **success).why is Reach.REACHABLE
    assert watched(thursday + timedelta(days=6), length="5 days", **success).why is Reach.REACHABLE


def test_twice_as_long_as_allowed_is_grave():
    last = mail_at(MONDAY)
    assert not watched(MONDAY + timedelta(days=8), **ran(LATER, LATER, deliveries=last)).grave
    assert watched(MONDAY + timedelta(days=8, hours=1), **ran(LATER, LATER, deliveries=last)).grave


def test_a_broker_number_may_be_silent_while_others_are_not():
    memory = RunMemory(first_run_at=MONDAY, numbers={"4711": {Kind.MAIL: MONDAY}, "0815": {Kind.MAIL: LATER}})
    heard = ran(LATER, LATER, deliveries=mail_at(LATER))
    silent = watched(memory=memory, number="4711", **heard)
    assert (silent.why, silent.number) == (Reach.REACHABLE, "4711")
    assert watched(memory=memory, number="0815", **heard).why is None
    assert watched(memory=memory, number="never", **heard).why is Reach.REACHABLE


@pytest.mark.parametrize(
    ("outcome", "before", "reach"),
    [
        ("ok", None, Reach.REACHABLE),
        ("partial", "blocked", Reach.REACHABLE),
        ("blocked", "ok", Reach.REFUSED),
        ("running", "login-refused", Reach.REFUSED),
        ("running", "ok", Reach.REACHABLE),
        ("running", None, Reach.NEVER_RAN),
    ],
)
def test_how_far_the_last_run_came_that_has_ended(outcome, before, reach):
    summary = InsurerSummary("muster", last_attempt_at=MONDAY, last_outcome=outcome)
    assert reach_of(summary, RunMemory(last_outcome=before)) is reach
    assert reach_of(InsurerSummary("muster"), RunMemory()) is Reach.NEVER_RAN

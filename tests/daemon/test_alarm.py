from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.base import STATE_STOPPED
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.daemon.alarm import Alarm, AtTimes
from bipro_sync.model.cron import CronLine


BERLIN = ZoneInfo("Europe/Berlin")
LINES = ["30 2 * * *", "*/20 1-3 * * *", "15 * * * *", "0 */2 * * *", "45 2,3 * * *"]


def rung(trigger, begun, end):
    """When APScheduler would let it ring, one time after the other."""
    times, previous = [], None
    while (following := trigger.get_next_fire_time(previous, begun)) and following < end:
        times.append(following)
        previous = following
    return times


@given(
    line=st.sampled_from(LINES),
    delay=st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds)),
    day=st.sampled_from([datetime(2027, 3, 28, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)]),
)
def test_each_due_time_rings_once_by_the_delay_later_also_when_clocks_change(line, delay, day):
    begun = day.astimezone(UTC) - timedelta(hours=12)
    end = begun + timedelta(days=2)
    cron = CronLine(line, "Europe/Berlin")
    due = [each.astimezone(UTC) + delay for each, _ in zip(cron.all_after(begun - delay), range(200), strict=False)]
    assert rung(AtTimes([cron], delay), begun, end) == [each for each in due if each < end]


def test_what_is_due_at_the_same_time_by_two_lines_rings_once():
    lines = [CronLine("0 6 * * *", "Europe/Berlin"), CronLine("0 6,7 * * *", "Europe/Berlin")]
    begun = datetime(2026, 11, 20, tzinfo=UTC)
    times = rung(AtTimes(lines, timedelta(minutes=3)), begun, begun + timedelta(days=1))
    assert [each.strftime("%H:%M") for each in times] == ["05:03", "06:03"]
    assert all(one < other for one, other in pairwise(times))


@pytest.fixture
def woken():
    return []


@pytest.fixture
def alarm(woken):
    opened = Alarm(woken.append)
    yield opened
    if opened.state != STATE_STOPPED:
        opened.shutdown()


def test_who_was_to_be_woken_while_the_machine_slept_is_woken_once(alarm, woken):
    alarm.set([("one", [CronLine("* * * * *", "UTC")], timedelta())])
    [job] = alarm.get_jobs()
    job.modify(next_run_time=datetime.now(UTC) - timedelta(days=3))
    alarm.ring()
    assert woken == ["one"]
    alarm.ring()
    assert woken == ["one"]
    assert alarm.next_time > datetime.now(UTC)


def test_whoever_is_to_be_woken_once_more_is_woken_once_and_keeps_their_times(alarm, woken):
    alarm.set([("one", [CronLine("0 0 29 2 *", "UTC")], timedelta())])
    alarm.once_more("one", datetime.now(UTC) - timedelta(seconds=1))
    alarm.ring()
    alarm.ring()
    assert woken == ["one"]
    assert alarm.next_time.month == 2


def test_new_times_take_the_place_of_all_old_ones(alarm, woken):
    alarm.once_more("old", datetime.now(UTC) - timedelta(seconds=1))
    alarm.set([])
    alarm.ring()
    assert (woken, alarm.next_time) == ([], None)

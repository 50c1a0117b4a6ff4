from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.model.cron import CronLine


BERLIN = ZoneInfo("Europe/Berlin")
FORWARD, BACK = datetime(2027, 3, 28, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)
"""The days on which clocks are put forward, from two to three, and back, from three to two."""


def due(line, day, *, days=1):
    """The times at which a line is due on a day in Berlin, as clocks there show them, with their offset."""
    moments = CronLine(line, "Europe/Berlin").all_after(day - timedelta(seconds=1))
    end = day + timedelta(days=days)
    return [each.strftime("%H:%M%z") for each in takewhile(lambda each: each < end, moments)]


@pytest.mark.parametrize("line", ["30 2 * * *", "30 */2 * * *", "15,30 2 * * *", "*/30 2 * * *", "0 2,3 * * *"])
def test_a_time_that_march_leaves_out_is_due_once_when_the_clocks_have_been_put_forward(line):
    assert [each for each in due(line, FORWARD) if each.startswith(("02", "03"))] == ["03:00+0200"]


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("30 2 * * *", ["02:30+0200"]),
        ("30 */2 * * *", ["02:30+0200"]),
        ("*/20 2 * * *", ["02:00+0200", "02:20+0200", "02:40+0200"]),
        ("15 2,3 * * *", ["02:15+0200", "03:15+0100"]),
    ],
)
def test_a_time_that_october_has_twice_is_due_once(line, times):
    assert [each for each in due(line, BACK) if each.startswith(("02", "03"))] == times


def test_each_hour_is_each_hour_that_passes():
    assert due("30 * * * *", BACK)[1:5] == ["01:30+0200", "02:30+0200", "02:30+0100", "03:30+0100"]
    assert due("30 * * * *", FORWARD)[1:3] == ["01:30+0100", "03:30+0200"]


def test_what_was_due_in_the_first_of_two_equal_hours_is_not_due_again_in_the_second():
    line = CronLine("30 2 * * *", "Europe/Berlin")
    second = datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1)
    assert line.after(second) == datetime(2026, 10, 26, 2, 30, tzinfo=BERLIN)


def test_working_days_are_monday_to_friday():
    line = CronLine("15 6 * * mon-fri", "Europe/Berlin")
    friday = datetime(2026, 11, 20, 6, 15, tzinfo=BERLIN)
    assert line.after(friday) == datetime(2026, 11, 23, 6, 15, tzinfo=BERLIN)


def test_a_line_that_is_never_due_says_so():
    assert CronLine("0 0 31 2,4 mon", "UTC").after(datetime(2026, 1, 1, tzinfo=UTC)) is not None
    with pytest.raises(ValueError, match="day-of-month"):
        CronLine("0 0 30 2 *", "UTC")


numbers = st.lists(st.integers(0, 59), min_size=1, max_size=3, unique=True)
fields = {
    "minute": st.one_of(numbers.map(lambda found: ",".join(map(str, found))), st.sampled_from(["*/15", "5-50/20"])),
    "hour": st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True).map(
        lambda found: ",".join(map(str, found))
    )
    | st.sampled_from(["*/2", "*/3", "1-4", "0-23/5"]),
}


@given(**fields, start=st.integers(0, 730 * 1440).map(lambda minutes: timedelta(minutes=minutes)))
def test_due_times_only_ever_grow_from_wherever_one_begins(minute, hour, start):
    line = CronLine(f"{minute} {hour} * * *", "Europe/Berlin")
    begun = datetime(2026, 1, 1, tzinfo=UTC) + start
    first = line.after(begun)
    assert begun < first.astimezone(UTC)
    times = [each.astimezone(UTC) for each, _ in zip(line.all_after(first), range(60), strict=False)]
    assert all(one < other for one, other in pairwise([first.astimezone(UTC), *times]))
    # No day is skipped, however its clocks are put.
    assert all(other - one <= timedelta(hours=25) for one, other in pairwise(times))


@given(**fields, day=st.sampled_from([FORWARD, BACK]))
def test_the_days_on_which_clocks_change_have_what_any_other_day_has_but_what_they_leave_out(minute, hour, day):
    line = f"{minute} {hour} * * *"
    usual = [each[:5] for each in due(line, day + timedelta(days=7))]
    shown = [each[:5] for each in due(line, day)]
    if day == BACK:
        assert shown == usual
    else:
        missing = [each for each in usual if each.startswith("02")]
        expected = {each for each in usual if each not in missing} | ({"03:00"} if missing else set())
        assert shown == sorted(expected)

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.daemon.due import Planned
from bipro_sync.model.cron import CronLine


BERLIN = ZoneInfo("Europe/Berlin")
DAILY = Planned("one", "one", CronLine("30 2 * * *", "Europe/Berlin"))


def berlin(*moment, fold=0):
    return datetime(*moment, tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("served", "now", "is_due"),
    [
        ([], berlin(2026, 11, 20, 12), True),
        ([berlin(2026, 11, 20, 2, 29)], berlin(2026, 11, 20, 2, 31), True),
        ([berlin(2026, 11, 20, 2, 30)], berlin(2026, 11, 20, 2, 31), False),
        ([berlin(2026, 11, 20, 2, 29)], berlin(2026, 11, 20, 2, 29, 30), False),
        ([berlin(2026, 11, 17, 12), berlin(2026, 11, 20, 2, 30)], berlin(2026, 11, 20, 12), False),
        # A clock that was wrong served it in the future.
        ([berlin(2027, 11, 20, 12)], berlin(2026, 11, 20, 12), True),
        # Clocks put forward leave out half past two, and back have it twice.
        ([berlin(2027, 3, 27, 12)], berlin(2027, 3, 28, 3, 1), True),
        ([berlin(2027, 3, 28, 3, 0)], berlin(2027, 3, 28, 12), False),
        ([berlin(2026, 10, 25, 2, 30)], berlin(2026, 10, 25, 2, 45, fold=1), False),
    ],
)
def test_due_is_whoever_was_not_served_since_the_last_due_time(served, now, is_due):
    assert DAILY.is_due(served, now) is is_due


@given(
    line=st.sampled_from(["30 2 * * *", "*/20 1-3 * * *", "15 * * * *", "0 */2 * * *"]),
    looks=st.lists(st.integers(0, 4 * 24 * 60), min_size=2, max_size=40, unique=True).map(sorted),
    day=st.sampled_from([berlin(2027, 3, 27), berlin(2026, 10, 24)]),
)
def test_whoever_looks_when_clocks_change_serves_each_due_time_once_and_leaves_none_out(line, looks, day):
    begun = day.astimezone(UTC)
    planned = Planned("one", "one", CronLine(line, "Europe/Berlin"))
    times = [begun + timedelta(minutes=minutes) for minutes in looks]
    served = [begun]
    for now in times:
        before = served[-1]
        passed = [due for due in (planned.line.after(before),) if due is not None and due <= now]
        assert planned.is_due(served, now) is bool(passed)
        if passed:
            served.append(now)
    left = planned.line.after(served[-1])
    assert left is None or left > times[-1]

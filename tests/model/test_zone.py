from datetime import UTC, datetime

import pytest

from bipro_sync.model.zone import moments


@pytest.mark.parametrize(
    ("wall", "found"),
    [
        ("2026-11-20T10:15", ["2026-11-20T09:15"]),
        ("2026-07-20T10:15", ["2026-07-20T08:15"]),
        ("2026-10-25T02:30", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        ("2026-10-25T01:59", ["2026-10-24T23:59"]),
        ("2026-10-25T03:00", ["2026-10-25T02:00"]),
        ("2026-03-29T02:30", []),
        ("2026-03-29T01:59", ["2026-03-29T00:59"]),
        ("2026-03-29T03:00", ["2026-03-29T01:00"]),
    ],
)
def test_a_time_of_berlin_is_one_moment_or_two_in_october_or_none_in_march(wall, found):
    assert moments(datetime.fromisoformat(wall)) == [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in found]

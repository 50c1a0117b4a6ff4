from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.model.certificate_life import days_left, level, notices


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "due", "bad"),
    [
        (61, 0, 0),
        *((60, 1, 0), (59, 1, 0), (31, 1, 0)),
        *((30, 2, 1), (29, 2, 1), (14, 3, 1), (13, 3, 1), (8, 3, 1)),
        *((7, 4, 2), (6, 4, 2), (1, 5, 2), (0, 5, 2), (-1, 6, 2)),
    ],
)
def test_each_threshold_is_one_notice_and_the_first_is_no_warning_yet(left, due, bad):
    end = NOW + timedelta(days=left, hours=3)
    assert (days_left(end, NOW), notices(left), level(left)) == (left, due, bad)

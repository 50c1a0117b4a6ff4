from datetime import UTC, datetime, timedelta

import pytest


class TestClock:
    """A clock that goes on only when it is told to."""

    __test__ = False

    def __init__(self, moment):
        self.moment = moment
        self.seconds = 0.0

    def now(self):
        return self.moment

    def monotonic(self):
        return self.seconds

    def advance(self, **distance):
        passed = timedelta(**distance)
        self.moment += passed
        self.seconds += passed.total_seconds()


@pytest.fixture
def clock():
    return TestClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))

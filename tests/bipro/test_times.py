from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.times import parse_date, parse_time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T09:00:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-07-02T09:00:00", datetime(2026, 7, 2, 7, tzinfo=UTC)),
        (" 2026-03-02 09:00 ", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T09:00:00.25+01:00", datetime(2026, 3, 2, 8, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-02T03:00:00,123456789-0500", datetime(2026, 3, 2, 8, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-03-02 08:00:00 Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
    ],
)
def test_every_zone_style_is_read(text, moment):
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gestern",
        "2026-03-02",
        "2026-13-02T09:00:00",
        "2026-03-02T25:00:00",
        "2026-03-02T09:00:00+99:99",
        "0001-01-01T00:00:00+14:00",
        "\u0662026-03-02T09:00:00",
    ],
)
def test_what_is_no_time_is_none(text):
    assert parse_time(text) is None


@pytest.mark.parametrize("text", ["2026-05-31", "2026-05-31+02:00", "2026-05-31T00:30:00", "2026-05-30T22:30:00Z"])
def test_a_date_is_berlins(text):
    assert parse_date(text) == date(2026, 5, 31)


@pytest.mark.parametrize("text", ["", "31.05.2026", "2026-02-30"])
def test_what_is_no_date_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "moment", "day"),
    [
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), date(9999, 12, 31)),
        ("9999-12-31T23:59:59", datetime(9999, 12, 31, 22, 59, 59, tzinfo=UTC), date(9999, 12, 31)),
        ("9999-12-31T23:59:59-05:00", None, date(9999, 12, 31)),
        ("9999-12-31", None, date(9999, 12, 31)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC), date(1, 1, 1)),
        ("0001-01-01T00:00:00", None, date(1, 1, 1)),
        ("0001-01-01T00:00:00+14:00", None, date(1, 1, 1)),
    ],
)
def test_at_the_calendars_ends_a_date_is_as_written_and_a_time_may_be_none(text, moment, day):
    assert parse_time(text) == moment
    assert parse_date(text) == day


DAYS = st.sampled_from(["0000-01-01", "0001-01-01", "2026-03-29", "9999-12-31"]) | st.dates().map(str)
CLOCKS = st.sampled_from(["", "T00:00:00", " 00:30", "T02:30:00", "T23:59:59.999999999", "T24:00:00", "T23:59:60"])
ZONES = st.sampled_from(["", "Z", " Z", "+14:00", "-14:00", "-0500", "+99:99"])
TIMES = st.builds("{}{}{}".format, DAYS, CLOCKS, ZONES)


@settings(deadline=None)
@given(TIMES | st.text())
@example("9999-12-31T23:59:59Z")
def test_whatever_an_insurer_writes_is_a_time_or_none(text):
    moment, day = parse_time(text), parse_date(text)
    assert moment is None or (moment.tzinfo is UTC and day is not None)

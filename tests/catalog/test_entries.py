from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.catalog import InsurerSummary
from bipro_sync.catalog.entries import time_text, time_value
from bipro_sync.model.kinds import Kind


zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=zones)  # noqa: DTZ001 - hypothesis asks for naive bounds


def test_a_time_is_written_in_utc_with_microseconds():
    moment = datetime(2026, 11, 21, 8, 53, 39, tzinfo=timezone(timedelta(hours=1)))
    assert time_text(moment) == "2026-11-21T07:53:39.000000Z"


@given(moments)
def test_a_time_reads_back_as_the_same_moment_in_utc(moment):
    read = time_value(time_text(moment))
    assert read == moment
    assert read.tzinfo is UTC


@given(moments, moments)
def test_written_times_sort_as_the_moments_do(first, second):
    assert (time_text(first) < time_text(second)) == (first < second)


def test_no_time_stays_none():
    assert time_text(None) is None
    assert time_value(None) is None
    assert time_value("") is None


def test_the_last_delivery_is_the_latest_of_all_kinds():
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    deliveries = {Kind.MAIL: (moment, 3), Kind.CLAIMS: (moment + timedelta(1), 1), Kind.EVENT: (None, 0)}
    assert InsurerSummary("muster", deliveries=deliveries).last_delivery_at == moment + timedelta(1)
    assert InsurerSummary("muster").last_delivery_at is None

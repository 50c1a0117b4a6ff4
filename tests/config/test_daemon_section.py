from datetime import timedelta

import pytest

from .conftest import TEST


def test_runs_spread_over_a_quarter_of_an_hour_and_last_six_hours_at_most(loaded):
    daemon = loaded(TEST).daemon
    assert (daemon.jitter.length, daemon.longest_run.length) == (timedelta(minutes=15), timedelta(hours=6))


def test_a_run_may_begin_at_its_due_time(loaded):
    assert not loaded(TEST + '\n[daemon]\njitter = "0 minutes"\n').daemon.jitter.length


def test_a_run_may_last_some_time(refused):
    said = refused(TEST + '\n[daemon]\nlongest_run = "0 minutes"\n')
    assert said == ["[daemon] longest_run: must be longer than nothing"]


@pytest.mark.parametrize("length", ['"3 working days"', '"2 days"', '"soon"', "15"])
def test_what_is_no_length_of_time_within_a_day_is_refused(refused, length):
    assert refused(TEST + f"\n[daemon]\njitter = {length}\n") == [
        '[daemon] jitter: must be a length of time of at most a day, such as "15 minutes" or "6 hours"'
    ]

from datetime import UTC, date, datetime, timedelta

import pytest

from .conftest import TestClock
from .dying_prunes import today


LONG_AGO = datetime(2019, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def silent(office):
    """An office whose insurer answered years ago for the last time, by this machine's clock."""
    office.opens(office.shipment("A"))
    office.pull_at(TestClock(LONG_AGO))
    return office


def prune(office, what, *words):
    plan = office.ask(what, "prune")[1]["plan"]
    code, document = office.ask(what, "prune", "--execute", plan, *words)
    return code, document.get("error", {}).get("message", "")


@pytest.mark.parametrize("what", ["archive", "audit"])
def test_where_no_insurer_has_answered_for_long_the_clock_is_not_believed(silent, what):
    before = silent.stored()
    code, message = prune(silent, what)
    assert (code, silent.stored()) == (2, before)
    assert "2019-06-01" in message
    assert prune(silent, what, *today())[0] == 0


@pytest.mark.parametrize("what", ["archive", "audit"])
def test_a_day_that_the_clock_does_not_show_is_not_believed_either(silent, what):
    before = silent.stored()
    yesterday = date.fromisoformat(today()[1]) - timedelta(days=2)
    code, message = prune(silent, what, "--today", str(yesterday))
    assert (code, silent.stored()) == (2, before)
    assert str(yesterday) in message


def test_an_insurer_s_answer_vouches_for_the_clock(silent):
    silent.pull()
    assert prune(silent, "archive") == (0, "")
    assert silent.stored() == {}


def test_an_insurer_s_answer_from_the_future_does_not(office):
    office.opens(office.shipment("A"))
    office.pull_at(TestClock(datetime.now(UTC) + timedelta(days=400)))
    assert prune(office, "archive")[0] == 2


def test_a_refused_login_vouches_for_nothing(office):
    office.opens(office.shipment("A"))
    office.password("not-this-one")
    assert office.pull()["exit_code"] == 12
    assert "none ever did" in prune(office, "audit")[1]

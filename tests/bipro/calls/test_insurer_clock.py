from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.bipro.calls.insurer_clock import InsurerClock
from bipro_sync.model.ports import Operation, Outcome

from ..fixtures import answer, message, token_answer
from ..insurer import silence
from ..recorders import Clock


NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    clock = Clock()
    clock.wall = NOON
    return clock


@pytest.fixture
def theirs(clock):
    return InsurerClock(clock)


@pytest.mark.parametrize(
    "date",
    ["Mon, 02 Mar 2026 12:10:00 GMT", "Monday, 02-Mar-26 12:10:00 GMT", "Mon Mar  2 12:10:00 2026"],
)
def test_each_form_of_an_http_date_tells_the_skew(theirs, date):
    theirs.note(date, round_trip=0)
    assert theirs.skew == 600


def test_half_the_round_trip_has_passed_since_the_insurer_looked_at_its_clock(theirs):
    theirs.note("Mon, 02 Mar 2026 11:50:00 GMT", round_trip=4)
    assert theirs.skew == -598


@pytest.mark.parametrize("date", ["", "soon", "Mon, 99 Mar 2026 12:10:00 GMT", "1", "Mon, 02 Mar 99999 12:00:00 GMT"])
def test_what_is_no_date_changes_nothing(theirs, date):
    theirs.note("Mon, 02 Mar 2026 12:00:05 GMT", round_trip=0)
    theirs.note(date, round_trip=0)
    assert theirs.skew == 5
    assert theirs.rest(date) in {None, 1.0}


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Mon, 02 Mar 2026 12:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
    ],
)
def test_a_rest_is_asked_for_in_seconds_or_until_a_date(theirs, asked, seconds):
    assert theirs.rest(asked) == seconds


def test_a_rest_until_a_date_is_meant_by_the_insurers_clock(theirs):
    theirs.note("Mon, 02 Mar 2026 12:10:00 GMT", round_trip=0)
    assert theirs.rest("Mon, 02 Mar 2026 12:10:30 GMT") == 30


@pytest.mark.parametrize("skew", [-600, 0, 600])
def test_every_answer_tells_the_skew(house, skew):
    date = (house.clock.now() + timedelta(seconds=skew)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    house.script(token_answer(), answer(message("32"), Date=date))
    client = house.client()
    client.login()
    assert client.clock_skew is None
    client.list_shipments()
    assert client.clock_skew == skew


DATE = "Mon, 02 Mar 2026 08:05:00 GMT"


@pytest.mark.parametrize("status", [200, 401, 405, 503])
def test_a_clock_is_measured_by_a_call_of_its_own_without_body_or_credential(house, status):
    house.script(answer(b"", status=status, content_type="", length=17, Date=DATE))
    line = house.line()
    line.measure_clock(house.insurer.url("/sts?key=1"))
    assert line.clock_skew == 300
    (served,) = house.insurer.served
    assert (served.line, served.body) == ("HEAD /sts?key=1 HTTP/1.1", b"")
    assert not {"authorization", "soapaction", "content-type", "cookie"} & set(served.headers)
    (intent,) = house.observer.intents
    assert (intent.operation, intent.exchange) == (Operation.CLOCK, "auth")
    assert (intent.endpoint, served.intents_at_first_byte) == (house.insurer.url("/sts"), 1)
    (outcome,) = house.observer.of(Operation.CLOCK)
    assert (outcome.outcome, outcome.http_status) == (Outcome.OK, status)


@pytest.mark.parametrize(
    ("step", "outcome"),
    [(silence, Outcome.UNKNOWN), (answer(b"", status=302, Location="https://evil.invalid/"), Outcome.UNUSABLE)],
    ids=["silence", "redirect"],
)
def test_a_clock_that_cannot_be_measured_is_no_trouble(house, step, outcome):
    house.script(step)
    line = house.line()
    line.measure_clock(house.insurer.url("/sts"))
    assert line.clock_skew is None
    assert house.observer.of(Operation.CLOCK)[0].outcome is outcome


def test_a_server_that_sends_a_body_to_a_head_does_not_spoil_the_next_call(house):
    house.script(answer(b"<html>unasked</html>", Date=DATE, Connection="keep-alive"), token_answer())
    client = house.client()
    client._line.measure_clock(house.insurer.url("/sts"))
    client.login()
    assert client.clock_skew == 300

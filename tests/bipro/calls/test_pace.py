from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from bipro_sync.bipro.calls.pace import Pace
from bipro_sync.bipro.calls.pause import Pause
from bipro_sync.errors import TemporaryError

from ..fixtures import answer, message, token_answer
from ..recorders import Clock


class Caller:
    """Calls one after the other as fast as the pace lets it, and remembers when each began."""

    def __init__(self, limit):
        self.clock = Clock()
        self.begun = []
        self.pace = Pace(limit, clock=self.clock, pause=Pause(sleep=self.clock.sleep))

    def call(self, http_status=200, lasting=0.0):
        self.pace.wait()
        begun = self.clock.seconds
        self.clock.seconds += lasting
        self.begun.append(begun)
        self.pace.heed(http_status, begun=begun)

    def distances(self):
        return [later - earlier for earlier, later in pairwise(self.begun)]


def test_without_a_limit_no_call_waits():
    caller = Caller(0)
    for _ in range(50):
        caller.call()
    assert not caller.clock.slept


def test_a_limit_is_never_exceeded():
    caller = Caller(4)
    for _ in range(10):
        caller.call()
    assert caller.distances() == pytest.approx([0.25] * 9)


def test_a_slow_insurer_waits_for_no_pace():
    caller = Caller(4)
    for _ in range(5):
        caller.call(lasting=1)
    assert not caller.clock.slept


def test_too_many_requests_halve_the_rate_that_was_measured():
    caller = Caller(0)
    for _ in range(8):
        caller.call(lasting=0.1)
    caller.call(429, lasting=0.1)
    caller.call()
    caller.call()
    assert caller.distances()[-1] == pytest.approx(0.2, rel=0.06)


def test_complaints_about_calls_that_ran_beside_each_other_halve_the_rate_once():
    caller = Caller(0)
    for _ in range(8):
        caller.call(lasting=0.1)
    begun = caller.clock.seconds
    caller.clock.seconds += 0.1
    for _ in range(4):
        caller.pace.heed(429, begun=begun)
    caller.call()
    caller.call()
    assert caller.distances()[-1] == pytest.approx(0.2, rel=0.5)


def test_the_rate_recovers_step_by_step_and_only_by_success():
    caller = Caller(0)
    for _ in range(8):
        caller.call(lasting=0.1)
    caller.call(429, lasting=0.1)
    for status in (200, 500, 503, None, 200):
        caller.call(status)
    assert caller.distances()[-3:] == pytest.approx([1 / 5.5] * 3)
    for _ in range(20):
        caller.call()
    steps = [1 / distance for distance in caller.distances()[-10:]]
    gains = [later - earlier for earlier, later in pairwise(steps)]
    assert gains == pytest.approx([0.5] * 9)


def test_after_a_complaint_the_limit_still_holds():
    caller = Caller(2)
    for _ in range(5):
        caller.call()
    caller.call(429)
    for _ in range(60):
        caller.call()
    assert caller.distances()[-1] == pytest.approx(0.5)


def test_however_often_the_insurer_complains_some_calls_go_on():
    caller = Caller(0)
    for _ in range(20):
        caller.call(429)
    assert max(caller.distances()) == pytest.approx(10)


def test_whoever_is_asked_to_stop_waits_no_longer():
    clock = Clock()
    pace = Pace(0.01, clock=clock, pause=Pause(stop=lambda: sum(clock.slept) > 2, sleep=clock.sleep))
    pace.wait()
    pace.wait()
    assert 2 < sum(clock.slept) <= 2.5


def test_the_insurer_itself_counts_no_more_calls_a_second_than_allowed(house_in_time):
    house = house_in_time
    arrivals = []

    def listing(connection):
        arrivals.append(time.monotonic())
        connection.sendall(answer(message("32")))

    house.script(token_answer(), *[listing] * 8)
    client = house.client(calls_per_second=20)
    client.login()
    threads = [threading.Thread(target=lambda: [client.list_shipments() for _ in range(2)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(arrivals) == 8
    # Eight calls have seven distances; what the network adds to one it takes from the next.
    assert max(arrivals) - min(arrivals) >= 7 / 20 - 0.04


def test_the_calls_of_a_client_slow_down_when_the_insurer_says_so(signed_in):
    signed_in.script(answer(b"", status=429, content_type=""), answer(message("32")), answer(message("32")))
    client = signed_in.client()
    with pytest.raises(TemporaryError):
        client.list_shipments()
    assert not signed_in.clock.slept
    client.list_shipments()
    client.list_shipments()
    assert sum(signed_in.clock.slept) == pytest.approx(2 + 1 / 0.55, rel=0.1)

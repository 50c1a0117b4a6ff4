import threading
import time

import pytest

from bipro_sync.sync.hands import work_through


def nothing():
    pass


def through(items, work, *, hands, may_begin=nothing, may_wait=nothing):
    return work_through(items, work, hands=hands, may_begin=may_begin, may_wait=may_wait)


def test_everything_is_worked_on_once_in_order_with_one_hand():
    seen = []
    assert through(range(20), seen.append, hands=1) == []
    assert seen == list(range(20))


def test_so_many_hands_work_at_the_same_time_and_no_more():
    together, at_once, most = threading.Barrier(3), [], []

    def _work(item):
        at_once.append(item)
        most.append(len(at_once))
        together.wait(20)
        at_once.remove(item)

    assert through(range(9), _work, hands=3) == []
    assert max(most) == 3


def test_after_a_failure_nothing_is_begun_and_what_is_in_hand_is_finished():
    begun, finished, failed = threading.Barrier(2), [], ValueError("broken")

    def _work(item):
        begun.wait(20)
        if item == 0:
            raise failed
        time.sleep(0.1)
        finished.append(item)

    assert through(range(8), _work, hands=2) == [failed]
    assert finished == [1]


def test_an_objection_counts_as_gone_wrong_and_nothing_more_is_begun():
    seen, enough = [], ValueError("enough")

    def _may_begin():
        if len(seen) == 3:
            raise enough

    assert through(range(8), seen.append, hands=1, may_begin=_may_begin) == [enough]
    assert seen == [0, 1, 2]


def test_what_ends_the_waiting_leaves_the_work_alone():
    released, finished = threading.Event(), threading.Event()

    def _work(_item):
        released.wait(20)
        finished.set()

    def _may_wait():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        through(range(3), _work, hands=1, may_wait=_may_wait)
    released.set()
    assert finished.wait(20)


def test_where_there_is_nothing_to_do_nothing_is_done():
    assert through([], nothing, hands=4) == []

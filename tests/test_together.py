import threading
import time

import pytest

from bipro_sync.together import Together


def submitted(together, works):
    """What each of these works came to, each submitted by a thread of its own."""
    outcomes = {}

    def _submit(work):
        try:
            outcomes[work] = together.submit(work)
        except ValueError as error:
            outcomes[work] = str(error)

    threads = [threading.Thread(target=_submit, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class Slow:
    """Carries out batches, the first one only once *others* wait behind it."""

    def __init__(self, others):
        self.batches = []
        self.together = Together(self)
        self._others = others

    def __call__(self, batch):
        self.batches.append([ticket.work for ticket in batch])
        while len(self.batches) == 1 and len(self.together._waiting) < self._others:
            time.sleep(0.001)
        for ticket in batch:
            if ticket.work < 0:
                raise ValueError("the whole batch")
            if ticket.work % 2:
                ticket.error = ValueError(f"not {ticket.work}")
            else:
                ticket.result = ticket.work * 10


def test_who_comes_while_a_batch_is_under_way_goes_along_with_the_next():
    slow = Slow(others=5)
    assert submitted(slow.together, [0, 2, 4, 6, 8, 10]) == {0: 0, 2: 20, 4: 40, 6: 60, 8: 80, 10: 100}
    first, second = slow.batches
    assert (len(first), sorted(first + second)) == (1, [0, 2, 4, 6, 8, 10])


def test_each_gets_its_own_result_or_error():
    assert submitted(Slow(others=0).together, [2, 3]) == {2: 20, 3: "not 3"}


def test_what_ends_a_batch_is_everybodys_error_and_the_next_batch_goes_on():
    slow = Slow(others=0)
    with pytest.raises(ValueError, match="the whole batch"):
        slow.together.submit(-1)
    assert slow.together.submit(4) == 40

from __future__ import annotations

import pytest

from bipro_sync.bipro.calls.pause import Pause


@pytest.mark.parametrize(("seconds", "slept"), [(0, []), (0.3, [0.3]), (0.5, [0.5]), (1.75, [0.5, 0.5, 0.5, 0.25])])
def test_a_wait_is_made_of_short_sleeps(seconds, slept):
    seen = []
    assert Pause(sleep=seen.append).wait(seconds) is True
    assert seen == slept


def test_the_wish_to_stop_ends_a_long_wait_within_half_a_second():
    seen = []
    assert Pause(stop=lambda: len(seen) == 3, sleep=seen.append).wait(300) is False
    assert sum(seen) == 1.5


def test_a_wish_that_comes_at_the_very_end_is_heard():
    seen = []
    assert Pause(stop=lambda: bool(seen), sleep=seen.append).wait(0.2) is False

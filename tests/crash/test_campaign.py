"""Runs that die at every crash point, and what the runs after them make of it.

`make test` plays a sample: each point once, in a scenario that surely passes it, several deaths in one story.  With
`BIPRO_SYNC_CAMPAIGN=full` (`make crash`) every scenario dies at every point it passes: the first, second and last time.
"""

import os
from itertools import groupby

import pytest

from .points import BY_NAME, POINTS
from .scenarios import SCENARIOS


EVERYTHING = os.environ.get("BIPRO_SYNC_CAMPAIGN") == "full"
DEATHS = 8
"""Deaths in a row in one story of the sample."""


def sample():
    """Yields a scenario and some of the points that it is typical of, each point once."""
    for scenario, typical in groupby(sorted(POINTS, key=lambda each: each.scenario), lambda each: each.scenario):
        names = [point.name for point in typical]
        stories = -(-len(names) // DEATHS)
        for first in range(stories):
            yield pytest.param(scenario, names[first::stories], id=f"{scenario}, {first + 1}")


@pytest.mark.skipif(EVERYTHING, reason="the full campaign plays the whole matrix")
@pytest.mark.parametrize(("scenario", "points"), list(sample()))
def test_run_after_run_may_die_and_nothing_is_lost(plays, passes, scenario, points):
    order = list(passes("mail comes"))
    story = None
    for point in sorted(points, key=lambda name: order.index(name) if name in order else len(order)):
        if story is None or not story.may_die(point):
            if story:
                story.comes_to_rest()
            story = plays(scenario)
            story.dies(point)
        if story.is_close_to_the_last_login():
            story.comes_to_rest()
            story = None
    if story:
        story.comes_to_rest()


@pytest.mark.skipif(not EVERYTHING, reason="`make crash` plays the whole matrix")
@pytest.mark.parametrize("point", BY_NAME if EVERYTHING else ["every point"])
@pytest.mark.parametrize("scenario", SCENARIOS if EVERYTHING else ["every scenario"])
def test_wherever_a_run_dies_nothing_is_lost(plays, passes, record_property, scenario, point):
    passed = passes(scenario).get(point, 0)
    record_property("crash", [scenario, point, bool(passed)])
    assert passed or BY_NAME[point].scenario != scenario, "the point is not where the list says"
    for number in sorted({1, 2, passed} & set(range(1, passed + 1))):
        story = plays(scenario)
        typical = BY_NAME[point].scenario == scenario
        if SCENARIOS[scenario].at_once and not (typical and number == 1):
            story.may_die(point, number)
        else:
            story.dies(point, number)
        story.comes_to_rest()

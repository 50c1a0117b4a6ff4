import inspect

import pytest

from .points import BY_NAME, POINTS
from .scenarios import SCENARIOS


def test_every_point_has_a_name_of_its_own():
    assert len(BY_NAME) == len(POINTS)


@pytest.mark.parametrize("point", POINTS, ids=BY_NAME)
def test_every_place_is_in_the_program_and_takes_the_arguments_it_is_narrowed_by(point):
    for place in filter(None, (point.place, point.during)):
        parameters = inspect.signature(place.function()[2]).parameters.values()
        named = {parameter.name for parameter in parameters}
        by_any_name = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
        assert by_any_name or {key.split(".")[0] for key in place.given} <= named


def test_every_scenario_is_typical_of_some_point():
    assert {point.scenario for point in POINTS} == SCENARIOS.keys()

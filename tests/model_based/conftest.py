import pytest
from hypothesis import HealthCheck, settings

from .runs import Runs


# As long as anybody likes: pytest -p no:randomly --timeout=0 --hypothesis-profile=histories tests/model_based
settings.register_profile(
    "histories",
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.fixture(scope="session")
def runs():
    opened = Runs()
    yield opened
    opened.close()

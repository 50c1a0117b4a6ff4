"""Whatever insurer, operator and clock do in whatever order, no shipment is lost and no account is locked."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from ..conftest import Office
from .histories import Histories


EVERYDAY = settings(
    max_examples=4,
    stateful_step_count=10,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # shrinking takes minutes; the profile `histories` does it
    suppress_health_check=list(HealthCheck),
)


class Offices:
    """Opens offices below *root*, of which one is open at a time."""

    def __init__(self, root, practice_insurers):
        self._root = root
        self._practice_insurers = practice_insurers
        self._open = []

    def another(self):
        self.close()
        self._open.append(Office(Path(tempfile.mkdtemp(dir=self._root)), self._practice_insurers))
        return self._open[-1]

    def close(self):
        while self._open:
            self._open.pop().close()


@pytest.fixture
def offices(practice_insurers):
    memory = Path("/dev/shm")  # durability is others' subject, and fsync on a disk takes its time
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as root:
        opened = Offices(root, practice_insurers)
        yield opened
        opened.close()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", [1, 2])
def test_no_history_loses_a_shipment_or_locks_an_account(offices, runs, part, request):
    happened = Counter()

    def history():
        return Histories(offices.another(), runs, happened)

    if request.config.getoption("--hypothesis-profile"):
        run_state_machine_as_test(history, settings=settings())
    else:
        run_state_machine_as_test(seed(part)(history), settings=EVERYDAY)

    assert happened["killed"], "no run was killed"
    assert happened["misbehaved"], "no insurer misbehaved"
    assert happened["acknowledged"], "nothing was acknowledged"

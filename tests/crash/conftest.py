import functools
from collections import Counter, defaultdict

import pytest

from ..conftest import Office
from .scenarios import SCENARIOS
from .story import Children, Story


@pytest.fixture(scope="session")
def children():
    """Starts runs that may die."""
    opened = Children()
    yield opened
    opened.close()


@pytest.fixture
def plays(tmp_path, practice_insurers, children):
    """Begins a scenario in an office of its own; a test may play several."""
    offices = []

    def _plays(name):
        offices.append(Office(tmp_path / str(len(offices)), practice_insurers))
        offices[-1].root.mkdir()
        return Story(SCENARIOS[name], offices[-1], children)

    yield _plays
    for office in offices:
        office.close()


@pytest.fixture(scope="session")
def passes(tmp_path_factory, practice_insurers, children):
    """Says how often a scenario's run passes each point, from one run of it that lives."""

    @functools.cache
    def _passes(name):
        office = Office(tmp_path_factory.mktemp("counted"), practice_insurers)
        try:
            return Story(SCENARIOS[name], office, children).counts()
        finally:
            office.close()

    return _passes


def pytest_terminal_summary(terminalreporter):
    """Prints the matrix of `make crash`: what became of each scenario's points."""
    rows = defaultdict(Counter)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for scenario, _, passed in (value for name, value in report.user_properties if name == "crash"):
                rows[scenario]["failed" if outcome == "failed" else "died there" if passed else "not reached"] += 1
    if rows:
        columns = ("died there", "not reached", "failed")
        terminalreporter.section("crash points")
        terminalreporter.line("".join([f"{'scenario':<42}", *(f"{column:>14}" for column in columns)]))
        for scenario, row in rows.items():
            terminalreporter.line("".join([f"{scenario:<42}", *(f"{row[column]:>14}" for column in columns)]))

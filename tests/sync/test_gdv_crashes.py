import json
import subprocess
import sys
from pathlib import Path

import pytest

from .gdv_mail import HOME, HOUSE, LIABILITY, LIABILITY_2, MOTOR, dearer, gdv_shipment, portfolio, rows_in, states
from .lost_catalogue import lose, rebuild


CONTRACTS = (LIABILITY, LIABILITY_2, MOTOR, HOME, HOUSE)


def waiting(office):
    return office.ask("status")[1]["insurers"][0]["gdv"]["waiting"]


@pytest.fixture
def delivered(office):
    """An archive with two portfolios that nobody has looked at yet: the catalogue is a rebuilt one."""
    office.opens(
        gdv_shipment(office, "A", portfolio(*CONTRACTS)),
        gdv_shipment(office, "B", portfolio(dearer(LIABILITY), MOTOR, *CONTRACTS[3:]), day=2),
    )
    office.pull()
    office.catalogue = office.archive / "catalog.db"
    office.expected = rows_in(office.catalogue)
    lose(office)
    assert rebuild(office)["to_index"] == 2
    return office


def test_a_rebuilt_catalogue_is_indexed_to_the_same_rows(delivered):
    assert (waiting(delivered), states(delivered)) == (2, [])
    assert "archive index" in delivered.run("archive", "rebuild", "-v")[1]
    code, document = delivered.ask("archive", "index")
    assert (code, document["indexed"]) == (0, 2)
    assert (rows_in(delivered.catalogue), waiting(delivered)) == (delivered.expected, 0)


def test_the_next_pull_looks_at_what_a_rebuilt_catalogue_lacks(delivered):
    assert delivered.pull()["gdv"]["indexed"] == 2
    assert rows_in(delivered.catalogue) == delivered.expected


def test_looking_at_files_that_dies_anywhere_is_caught_up_by_the_next_command(delivered):
    words = [sys.executable, "-m", "tests.sync.dying_index", delivered.config, delivered.catalogue, "4"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    seen = list(map(json.loads, done.stdout.splitlines()))
    assert len(seen) >= 5, "it died"
    assert {each["caught up"] for each in seen} == {0}
    assert len({each["rows"] for each in seen}) == 1, seen
    assert rows_in(delivered.catalogue) == delivered.expected


KILLS_ITSELF = """
import os, sys
from bipro_sync.catalog import GdvIndex
from bipro_sync.cli.main import main
from tests.identities import at_a_terminal
GdvIndex.take = lambda *_: os._exit(97)
main(["--config", sys.argv[1], "archive", "index"], at_a_terminal())
"""


def test_a_file_that_kills_whoever_looks_at_it_is_left_out_in_the_end_and_the_others_are_read(delivered):
    words = [sys.executable, "-c", KILLS_ITSELF, delivered.config]
    for _ in range(3):
        assert subprocess.run(words, check=False, cwd=Path(__file__).parents[2]).returncode == 97
    code, _, err = delivered.run("archive", "index")
    assert (code, waiting(delivered)) == (0, 0)
    assert "shipment A of muster, file 1: 3 runs died while they looked at it" in err
    assert {each.since.shipment for each in states(delivered)} == {"B"}

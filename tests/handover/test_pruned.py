from datetime import UTC, datetime

import pytest

from bipro_sync.archive import Layout
from bipro_sync.catalog import Catalogue, Queries
from bipro_sync.config import load
from bipro_sync.sync.prune_plan import plan_prune

from ..sync.conftest import TestClock
from ..sync.dying_prunes import today


@pytest.fixture
def plan(house):
    """What a prune would let go long after everything is over."""
    house.opens(house.shipment("A"), house.shipment("B", file=None))
    house.hands_over(kinds=["mail"])
    house.run("pull")
    layout = Layout(house.archive)
    catalogue = Catalogue.open(layout.catalogue, shipments_exist=True)
    yield plan_prune(layout, Queries(catalogue), load(house.config).terms, None, datetime(2099, 1, 1, tzinfo=UTC))
    catalogue.close()


def test_the_plan_names_the_targets_that_keep_what_goes(plan):
    assert {each.shipment: each.as_json()["handed_to"] for each in plan.over} == {"A": ["dms"], "B": []}


def test_what_was_let_go_is_neither_handed_over_nor_to_be_read_any_more(house, tmp_path):
    for name, year in (("A", 2019), ("B", 2026)):
        house.opens(house.shipment(name))
        house.pull_at(TestClock(datetime(year, 6, 1, tzinfo=UTC)))
    _, planned = house.ask("archive", "prune")
    assert house.run("archive", "prune", "--execute", planned["plan"], *today())[0] == 0
    assert house.run("handover", "run")[0] == 0
    assert [each["shipment"] for each in house.records("handover")] == ["B"]
    code, _, err = house.run("handover", "run", "--shipment", "A")
    assert (code, "No shipment A is stored here" in err) == (2, True)
    _, worklist = house.ask("inbox", "list", "--since", "2019-01-01")
    assert [each["id"] for each in worklist["items"]] == ["B"]
    assert house.run("inbox", "done", "A")[0] == 2
    code, month = house.ask("report", "month", "--month", "2019-06", "--out", str(tmp_path))
    assert (code, month["shipments"]) == (0, 1), "that it came is still counted"

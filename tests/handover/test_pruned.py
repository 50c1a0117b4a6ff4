from datetime import UTC, datetime

import pytest

from bipro_sync.archive import Layout
from bipro_sync.catalog import Catalogue, Queries
from bipro_sync.config import load
from bipro_sync.sync.prune_plan import plan_prune


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

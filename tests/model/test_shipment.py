import dataclasses

import pytest

from bipro_sync.model import ports, shipment
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.shipment import Message, Status


VALUES = [
    kind
    for module in (shipment, ports)
    for kind in vars(module).values()
    if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", VALUES)
def test_values_are_frozen_and_have_no_room_for_more(kind):
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


def test_there_are_values_to_look_at():
    assert len(VALUES) > 8


def test_a_status_gives_its_codes_in_the_order_sent():
    messages = tuple(Message("Hinweis", code, "", "") for code in ("04003", "00007"))
    assert Status(False, "NOK", "p", "", messages).codes == ("04003", "00007")


def test_the_machines_clock_is_aware_and_in_utc_and_its_durations_never_shrink():
    clock = SystemClock()
    assert clock.now().utcoffset().total_seconds() == 0
    assert clock.monotonic() <= clock.monotonic()

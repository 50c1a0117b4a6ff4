import dataclasses

import pytest

from bipro_sync.model import ports, shipment
from bipro_sync.model.ports import SystemClock
from bipro_sync.model.shipment import Field, Message, Numbers, Status, listed_as, numbers_of


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


@pytest.mark.parametrize(
    ("path", "name", "is_attribute"),
    [
        ("ID", "ID", False),
        ("Datei[2]/Dateiname", "Dateiname", False),
        ("Vermittler/Vermittlernummer[12]", "Vermittlernummer", False),
        ("@type", "@type", True),
        ("Datei[2]/Daten/@contentType", "@contentType", True),
    ],
)
def test_a_field_knows_its_own_name(path, name, is_attribute):
    field = Field(path, "", "")
    assert (field.name, field.is_attribute) == (name, is_attribute)


def test_numbers_are_found_wherever_they_stand_as_sent_each_once_in_document_order():
    said = [
        ("Vertragsnummer", "V-2"),
        ("Vermittler/Vermittlernummer", "0815"),
        ("Vermittler[2]/Vermittlernummer", " 0816\n"),
        ("Vertragsnummer[2]/Versicherungsscheinnummer", "1.234-5 6"),
        ("Huelle/Innen/Versicherungsscheinnummer[2]", "V-2"),
        ("Vorgangsnummer", "P-1"),
        ("VorgangsnummerVM", "Akte 7"),
        ("VorgangsnummerVM[2]", ""),
        ("Schaden/SchadennummerVU", "S-1"),
        ("Vermittler[3]/Vermittlernummer", "0815"),
        ("Vermittler/@Vermittlernummer", "no element"),
        ("MeineVorgangsnummer", "another element"),
        ("Vorgangsnummer/Praefix", "another element"),
    ]
    assert numbers_of(
        Field(path, value, f"urn:invented:{place}") for place, (path, value) in enumerate(said)
    ) == Numbers(
        policy=("V-2", "1.234-5 6"),
        process=("P-1",),
        process_broker=("Akte 7",),
        broker=("0815", "0816"),
        claim=("S-1",),
    )
    assert numbers_of([]) == Numbers()


def test_the_machines_clock_is_aware_and_in_utc_and_its_durations_never_shrink():
    clock = SystemClock()
    assert clock.now().utcoffset().total_seconds() == 0
    assert clock.monotonic() <= clock.monotonic()


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ({}, {}, True),
        ({"Kategorie": "100007000", "Sparte": "050"}, {"Kategorie": "100007000", "Sparte": "040"}, True),
        ({"Kategorie": "100007000"}, {"Kategorie": "140000000"}, False),
        ({"Einstellzeitpunkt": "2026-03-01T18:30:00"}, {"Einstellzeitpunkt": "2026-03-01T18:30:01"}, False),
        ({}, {"Kategorie": "100007000"}, False),
    ],
)
def test_a_delivery_is_known_in_a_list_by_category_and_posting_as_sent(before, now, same):
    earlier, later = ([Field(path, value, "") for path, value in each.items()] for each in (before, now))
    assert (listed_as(earlier) == listed_as(later)) is same

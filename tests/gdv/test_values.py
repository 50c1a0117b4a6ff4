from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import GdvDate, part, read
from bipro_sync.gdv.values import decimal, digits, gdv_date

from .records import record


def only(data, **options):
    [found] = read(data, **options)
    return found


def test_text_comes_without_its_blanks_and_blank_text_is_absent():
    found = only(record(part("0100", 1), {"Name1": b"  Erfunden  ", "Name2": b"   "}))
    assert (found["Name1"], found["Name2"]) == ("Erfunden", None)


def test_digits_keep_their_leading_zeros():
    assert only(record(part("0100", 1), {"FolgeNr": b"01"}))["FolgeNr"] == "01"


@pytest.mark.parametrize(
    ("sign", "amount"), [(b"+", Decimal("-0.00") + 12), (b"-", Decimal(-12)), (b" ", Decimal(12)), (b"x", Decimal(12))]
)
def test_an_amount_brings_its_sign_and_none_means_plus(sign, amount):
    cells = bytearray(record(part("0400", 1), {"GesbeitragNettoInWE": b"00000001200"}))
    cells[120:121] = sign
    found = only(bytes(cells))
    assert found["GesbeitragNettoInWE"] == found.values()["GesbeitragNettoInWE"] == amount


def test_a_zero_has_no_sign():
    found = only(record(part("0400", 1), {"GesbeitragNettoInWE": b"0" * 11, "Vorzeichen": b"-"}))
    assert str(found["GesbeitragNettoInWE"]) == str(found.values()["GesbeitragNettoInWE"]) == "0.00"


def test_an_amount_has_as_many_decimals_as_its_field_says():
    found = only(record(part("0200", 1), {"AnteilInProz": b"50000"}))
    assert str(found["AnteilInProz"]) == "50.000"


@pytest.mark.parametrize("data", [b"12a4", b"1 34", b"-123", b"12.4", b"12  ", "١٢٣٤".encode(), b"    "])
def test_what_is_no_number_of_plain_digits_is_absent(data):
    assert decimal(data, 2) is None


@pytest.mark.parametrize("data", [b"1x", b"1 2", "²".encode("latin-1"), b"  "])
def test_what_is_no_digits_is_absent(data):
    assert digits(data) is None


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_is_read_back(day):
    read_back = gdv_date(day.strftime("%d%m").encode() + b"%04d" % day.year)
    assert read_back == GdvDate(day.year, day.month, day.day)
    assert read_back.date() == day
    assert str(read_back) == day.isoformat()


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"00082024", "2024-08"), (b"00002024", "2024"), (b"082024", "2024-08"), (b"29022024", "2024-02-29")],
)
def test_day_and_month_may_be_unknown(data, text):
    assert str(gdv_date(data)) == text


@pytest.mark.parametrize(
    "data",
    [
        b"00000000",
        b"        ",
        b"29022023",
        b"15002024",
        b"01130000",
        b"32012024",
        b"01132024",
        b"010124  ",
        b"01x12024",
    ],
)
def test_what_is_no_date_is_absent(data):
    assert gdv_date(data) is None


def test_dates_are_in_order_and_unknown_ones_come_first():
    assert sorted([GdvDate(2024, 8, 1), GdvDate(2024, 8), GdvDate(2025), GdvDate(2024)]) == [
        GdvDate(2024),
        GdvDate(2024, 8),
        GdvDate(2024, 8, 1),
        GdvDate(2025),
    ]
    assert GdvDate(2024, 8).date() is None


def test_unused_columns_are_left_out_until_somebody_fills_them():
    blank, filled = record(part("9999", 1)), record(part("9999", 1), {"Leerstellen": b"private"})
    first, second, third = read(b"\n".join([blank, filled, blank]))
    assert "Leerstellen" not in first.values()
    assert second.values()["Leerstellen"] == "private"
    assert "Leerstellen" not in third.values()


def test_all_values_are_those_of_the_single_fields_in_the_order_of_the_part():
    cells = bytearray(b"1234567890" * 26)[:256]
    cells[:4] = b"0100"
    cells[255:] = b"1"
    found = only(bytes(cells))
    assert list(found.values()) == [field.key for field in part("0100", 1).fields]
    assert found.values() == {field.key: found[field.key] for field in part("0100", 1).fields}


def test_a_field_that_a_part_does_not_have_is_a_key_error():
    with pytest.raises(KeyError):
        only(record(part("9999", 1)))["Name1"]
    with pytest.raises(KeyError):
        only(b"0800".ljust(256))["Satzart"]

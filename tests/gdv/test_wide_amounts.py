"""Motor liability's sums have 42 digits, more than 64 bits hold and than Python's decimals keep unasked."""

from decimal import Decimal

from bipro_sync.gdv import columns, part, read
from bipro_sync.gdv.writing import changed
from samples.synthetic.parts import record


KEY = "KhDeckungssummenInWE"
SUM = Decimal("1234567890123456789012345678901234567890.12")
DATA = record(part("0221.051", 1), {KEY: SUM}).encode()


def test_no_digit_is_lost_in_reading():
    (found,) = read(DATA)
    assert found[KEY] == found.values()[KEY] == SUM


def test_no_digit_is_lost_in_columns_and_their_arrow_table():
    (table,) = columns(DATA).tables
    assert table[KEY].values.tolist() == [123456789012345678901234567890123456789012]
    assert table[KEY].text() == [str(SUM)]
    assert table.to_arrow()[KEY].to_pylist() == [SUM]


def test_an_absent_sum_is_absent_in_columns():
    (table,) = columns(record(part("0221.051", 1), {}).encode()).tables
    assert (table[KEY].text(), table[KEY].present.tolist()) == ([None], [False])


def test_no_digit_is_lost_in_writing():
    (found,) = read(DATA)
    assert changed(changed(found, {KEY: None}), {KEY: SUM}).raw == DATA

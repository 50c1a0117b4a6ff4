import random
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import columns, part, parts, read

from .records import header, record


def scrambled(seed, copies=2):
    """Return records of every part whose fields hold all sorts of things, readable and not."""
    chance = random.Random(seed)
    for each in parts() * copies:
        cells = bytearray(record(each))
        for field in each.fields:
            if field.constant and not field.is_sign:
                continue
            day = b"%02d%02d%04d" % (
                chance.randrange(33),
                chance.randrange(14),
                chance.choice([0, 1900, 2000, 2023, 2024]),
            )
            mixed = bytes(chance.choice(b" \x000123456789AX+-.\xe4") for _ in range(field.length))
            cut = chance.randrange(1, 4)
            shapes = [
                b" " * field.length,
                b"0" * field.length,
                mixed,
                mixed.translate(bytes.maketrans(b" \0AX+-.\xe4", b"01234567")),
                b"1".rjust(field.length)[cut:].ljust(field.length, chance.choice([b" ", b"\0"])),
            ]
            cells[field.place] = chance.choice([*shapes, day[-field.length :]] if field.date_form else shapes)
        cells[10:13] = (each.line or "040").encode()
        yield bytes(cells)


def told_by_records(data, **options):
    tables = {}
    for each in read(data, **options):
        if each.part is not None:
            told = tables.setdefault(each.part, ([], {field.key: [] for field in each.part.fields}))
            told[0].append(each.number)
            for key, values in told[1].items():
                values.append(None if each[key] is None else str(each[key]))
    return tables


def told_by_columns(data, **options):
    return {
        table.part: (table.records.tolist(), {key: column.text() for key, column in table.items()})
        for table in columns(data, **options).tables
    }


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r", b""])
def test_columns_say_what_records_say_however_they_end(ending):
    data = ending.join(scrambled(1)) + ending
    assert told_by_columns(data) == told_by_records(data)


def test_columns_say_what_records_say_of_stripped_records_and_between_unknown_ones():
    odd = [b"0801 own", b"", b"x" * 300, b"\x1a"]
    lines = [line.rstrip() for pair in zip(scrambled(2, 1), odd * 60, strict=False) for line in pair]
    data = b"\xef\xbb\xbf" + b"\r\n".join(lines)
    assert told_by_columns(data) == told_by_records(data)
    assert columns(data).unknown == sum(each.part is None for each in read(data))
    assert columns(data).findings


def test_columns_say_what_records_say_of_utf_8():
    data = b"\n".join(scrambled(3)).decode("latin-1").encode()
    assert told_by_columns(data) == told_by_records(data)


def test_columns_say_what_records_say_of_characters_that_no_byte_stands_for():
    names = ["Łukasz Ωmega", "Übel", "Plain", "€" * 3]
    lines = [record(part("0100", 1), {"Name1": b"#"}).decode().replace("#".ljust(30), name.ljust(30)) for name in names]
    data = "\n".join([*lines, record(part("9999", 1)).decode()]).encode()
    assert told_by_columns(data) == told_by_records(data)
    (table,) = [each for each in columns(data).tables if each.part.layout == "0100"]
    assert table["Name1"].text() == table.to_arrow()["Name1"].to_pylist() == names


def test_each_packet_has_the_forms_that_its_own_header_names():
    connected = record(part("0200", 2), {"VertragsverbindungsNr": b"V" * 35})
    packets = [header({102: told}) + b"\n" + connected for told in (b"2.4", b"2.5", b"2.3")]
    data = b"\n".join([connected, *packets])
    assert told_by_columns(data) == told_by_records(data)


@given(
    st.lists(st.sampled_from([*scrambled(4, 1), b"", b"0200", b"junk"]), max_size=30), st.sampled_from([b"\r\n", b"\n"])
)
def test_columns_say_what_records_say_of_any_file(lines, ending):
    data = ending.join(lines)
    assert told_by_columns(data) == told_by_records(data)


@given(st.binary(max_size=2000))
def test_random_bytes_make_no_tables_and_no_trouble(data):
    assert told_by_columns(data) == told_by_records(data)


class TestOneColumn:
    def column(self, key, *data, of=None):
        chosen = of or part("0400", 1)
        [table] = columns(b"\n".join(record(chosen, {key: each}) for each in data)).tables
        return table[key]

    def test_amounts_are_integers_of_their_smallest_unit(self):
        column = self.column("GesbeitragNettoInWE", b"00000000150", b" " * 11, b"        150", b"0000x000150", b"150")
        assert (column.values.dtype, column.decimals) == (np.int64, 2)
        assert column.values.tolist() == [150, 0, 150, 0, 0]
        assert column.present.tolist() == [True, False, True, False, False]

    def test_an_amount_with_zero_bytes_behind_its_digits_is_none_however_wide(self):
        column = self.column("GesbeitragNettoInWE", b"00000150\0\0\0", b"00000000150")
        assert column.values.tolist() == [0, 150]
        wide = self.column("KhDeckungssummenInWE", b"1".rjust(39) + b"\0\0\0", of=part("0221.051", 1))
        assert wide.present.tolist() == [False]

    def test_a_minus_behind_an_amount_counts(self):
        cells = bytearray(record(part("0400", 1), {"GesbeitragNettoInWE": b"00000000150"}))
        cells[120:121] = b"-"
        [table] = columns(bytes(cells)).tables
        assert table["GesbeitragNettoInWE"].values.tolist() == [-150]
        assert table["GesbeitragNettoInWE"].text() == [str(Decimal("-1.50"))]

    def test_dates_are_integers_and_days_where_they_are_whole(self):
        column = self.column("Buchungsdatum", b"31082024", b"00082024", b"00000000", b"31022024", b"01011900")
        assert column.values.tolist() == [20240831, 20240800, 0, 0, 19000101]
        assert column.dates().tolist() == [date(2024, 8, 31), None, None, None, date(1900, 1, 1)]

    def test_text_comes_without_blanks(self):
        column = self.column("VsNr", b"   K 1", b"", b"\0\0")
        assert column.values.tolist() == [b"K 1", b"", b""]
        assert column.present.tolist() == [True, False, False]

    def test_text_of_any_shape_comes_without_blanks_in_a_column_of_its_own_width(self):
        column = self.column("VsNr", b"A 1", b" A", b"", b"A" * 17, b"\x01")
        assert column.values.tolist() == [b"A 1", b"A", b"", b"A" * 17, b"\x01"]

    def test_a_column_that_says_the_same_everywhere_says_so_in_each_record(self):
        for told, value in [(b"00000000150", 150), (b" " * 11, 0), (b"0000x000150", 0)]:
            column = self.column("GesbeitragNettoInWE", *[told] * 3)
            assert column.values.tolist() == [value] * 3
            assert column.present.tolist() == [value != 0] * 3

    def test_blanks_and_zero_bytes_on_either_side_of_digits_are_none_of_them(self):
        assert self.column("FolgeNr", b"1 ", b" 1", b"12", b"1\0").values.tolist() == [b"1", b"1", b"12", b"1"]
        assert self.column("FolgeNr", b"\x001", b"12").values.tolist() == [b"1", b"12"]

    def test_digits_keep_leading_zeros(self):
        column = self.column("FolgeNr", b"01", b"x1", b"  ")
        assert column.values.tolist() == [b"01", b"", b""]
        assert len(column) == 3


def test_a_table_goes_over_to_arrow_with_its_types():
    data = record(part("0400", 1), {"GesbeitragNettoInWE": b"00000000150", "Buchungsdatum": b"00082024"})
    [table] = columns(data + b"\n" + record(part("0400", 1))).tables
    arrow = table.to_arrow()
    assert arrow.column("GesbeitragNettoInWE").type == pa.decimal128(18, 2)
    assert arrow.column("GesbeitragNettoInWE").to_pylist() == [Decimal("1.50"), None]
    assert arrow.column("Buchungsdatum").to_pylist() == ["2024-08", None]
    assert arrow.column("record_no").to_pylist() == [1, 2]
    assert "Leerstellen" not in arrow.column_names

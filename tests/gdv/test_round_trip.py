import io
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bipro_sync.gdv import GdvDate, changed, part, parts, read, write, write_to

from .records import header, record


BOM = b"\xef\xbb\xbf"
ENDINGS = [b"\r\n", b"\n", b"\r", b"", b"\r\n\r\n", b"\x1a", b"\n\x1a\n", b"  \r\n", b"\n\r", b"\0\0", BOM]
WHOLE = [header(), record(part("0200", 1)), record(part("0200", 2)), record(part("9999", 1)), b"0800".ljust(256, b"x")]
PIECES = st.sampled_from(
    [
        *WHOLE,
        *(each.rstrip() for each in WHOLE),
        WHOLE[1] + b"too long",
        b"x" * 300,
        b"9999".ljust(24, b"0"),
        b"",
        "0200ü".ljust(256).encode(),
        b"0100" + b"\xe4\xf6" * 126,
        b"0100" + b"\n" * 252,
        b"0200" + b"a" * 100 + b"\r" + b"b" * 151,
    ]
)


@given(st.binary(max_size=3000), st.sampled_from([None, "utf-8", "cp273", "din66003", "cp850"]))
@example(BOM, None)
@example(b"\r\n\r\n", None)
@example(b" " * 200_000, None)
@example(b"\x1a" * 300_000 + b"0001", None)
@example(b"\0" * 400_000, "utf-8")
def test_any_bytes_are_written_as_they_were_read(data, encoding):
    assert write(read(data, encoding=encoding)) == data


@given(st.lists(st.tuples(PIECES, st.sampled_from(ENDINGS)), max_size=12), st.sampled_from([b"", BOM]))
def test_any_file_of_records_is_written_as_it_was_read(pieces, mark):
    data = mark + b"".join(piece + ending for piece, ending in pieces)
    records = list(read(data))
    assert write(records) == data
    assert [each.number for each in records] == list(range(1, len(records) + 1))
    assert all(
        data[each.offset : each.offset + len(each.raw)] == each.raw and len(each.padded) == 256 for each in records
    )


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r", b""])
def test_many_records_come_out_one_by_one_however_they_end(ending):
    data = ending.join([header(), *[record(part("0200", 1)), record(part("0200", 2))] * 4000, record(part("9999", 1))])
    records = list(read(data))
    assert len(records) == 8002
    assert {each.raw[:4] for each in records[1:-1]} == {b"0200"}
    assert all(len(each.raw) == 256 for each in records)
    assert write(records) == data


def test_a_file_is_written_to_another_piece_by_piece():
    data = b"\r\n".join(WHOLE)
    target = io.BytesIO()
    assert write_to(target, read(io.BytesIO(data))) == len(data)
    assert target.getvalue() == data


class TestChangedRecords:
    @pytest.mark.parametrize("each", parts()[::7], ids=lambda each: f"{each.layout}/{each.number}")
    def test_a_record_with_its_own_values_stays_what_it_says(self, each):
        [found] = read(record(each))
        assert changed(found, found.values()).values() == found.values()

    def test_values_are_written_in_the_form_of_their_fields(self):
        [found] = read(record(part("0400", 1)) + b"\r\n")
        values = {"Buchungsdatum": GdvDate(2024, 8), "GebuehrInWE": Decimal("-1.5"), "VsNr": "K1", "FolgeNr": "7"}
        other = changed(found, values)
        assert other.raw[45:53] == b"00082024"
        assert other.raw[133:138] == b"0150-"
        assert other.raw[13:32] == b"               K107"
        [again] = read(other.whole)
        assert {key: again[key] for key in values} == values | {"FolgeNr": "07"}
        assert other.ending == b"\r\n"

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("FolgeNr", "777"),
            ("FolgeNr", "x"),
            ("GebuehrInWE", Decimal("0.005")),
            ("GebuehrInWE", Decimal(100000)),
            ("GebuehrInWE", "1"),
            ("AnteilInProz", Decimal(-1)),
            ("Buchungsdatum", "2024"),
            ("VsNr", "K" * 18),
        ],
    )
    def test_a_value_that_its_field_cannot_hold_is_refused(self, key, value):
        [found] = read(record(part("0400", 1)))
        with pytest.raises(ValueError, match=key):
            changed(found, {key: value})

    @pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "cp850", "din66003", "cp273"])
    def test_letters_are_written_in_the_encoding_of_the_file(self, encoding):
        plain = record(part("0100", 1))
        data = plain.decode().encode("cp273") if encoding == "cp273" else plain
        [found] = read(data, encoding=encoding)
        [again] = read(changed(found, {"Name1": "Jörg Größe"}).raw, encoding=encoding)
        assert again["Name1"] == "Jörg Größe"
        assert again["SatzNr"] == "1"

    def test_short_records_stay_short(self):
        [found] = read(record(part("9999", 1)).rstrip())
        assert changed(found, {"AnzSaetze": "12"}).raw == b"9999" + b"0000000012"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import appearance, looks_like_gdv, part

from .records import header, record


@pytest.mark.parametrize(
    "head",
    [
        b"000199999Absender",
        b"00014711 Absender",
        b"0001     Absender",
        b"0001A1b2C",
        b"\xef\xbb\xbf000199999",
        b"000199999" + bytes(range(256)),
        b"\r\n\n  \r\n000199999",
        b"\x1a000199999",
        b"\xef\xbb\xbf\r\n\x1a000199999",
    ],
)
def test_a_header_record_with_an_insurer_number_is_gdv(head):
    assert looks_like_gdv(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"0001",
        b"00019999",
        b"000199-99",
        b"0001\n9999",
        b"0001\xe4\xf6\xfc\xdf\xe4",
        "000199999".encode("utf-16"),
        b" 000199999",
        b"0100999990",
        b"999900000",
        b"%PDF-1.7\n000199999",
        b"\xef\xbb\xbf\xef\xbb\xbf000199999",
    ],
)
def test_anything_else_is_not(head):
    assert not looks_like_gdv(head)


@given(st.text("0123456789ABCxyz ", min_size=5, max_size=5), st.binary(max_size=300))
def test_what_follows_the_insurer_number_does_not_matter(number, rest):
    assert looks_like_gdv(b"0001" + number.encode("ascii") + rest)


GENERAL = record(part("0200", 1))


@pytest.mark.parametrize(
    "head",
    [
        GENERAL,
        GENERAL + b"\r\n",
        b"\xef\xbb\xbf" + GENERAL + b"\n" + GENERAL[:50],
        b"\r\n" + GENERAL + b"\r\n" + GENERAL,
        GENERAL + GENERAL + GENERAL[:2],
        (GENERAL + b"\r\n") * 100,
        GENERAL + b"\n0801 own\n" + b"9999" + b"0" * 20,
        b"4001".ljust(256, b"1") + b"\n" + b"4100".ljust(256) + b"\n",
        b"3010".ljust(256) + b"\n",
        ("0100" + "ü" * 252 + "\n").encode(),
    ],
)
def test_whole_records_of_known_types_are_gdv_without_a_header(head):
    assert looks_like_gdv(head)
    assert appearance(head) == "a GDV file"


@pytest.mark.parametrize(
    "head",
    [
        b"0200 and a letter\r\nof two lines",
        GENERAL + b"\r\nDear broker,\r\n",
        b"0200" + b"1" * 300,
        b"4711".ljust(200) + b"\n",
        GENERAL[:255],
    ],
)
def test_lines_that_are_no_records_are_not(head):
    assert not looks_like_gdv(head)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xef\xbb\xbf<?xml version", "XML"),
        (b"PK\x03\x04", "a ZIP file"),
        ("0001".encode("utf-16"), "text in UTF-16"),
        (header().decode().encode("cp273"), "a GDV file in EBCDIC, whose encoding has to be given"),
        (b"Erfunden, Jane", "text without records of the data set"),
        (b"a\0b", "a binary file"),
        (b" \r\n\x1a", "an empty file"),
        (b"", "an empty file"),
    ],
)
def test_what_else_a_file_looks_like_is_said_without_its_content(head, words):
    assert appearance(head) == words


@given(st.binary(max_size=600))
def test_random_bytes_are_looked_at_without_harm(head):
    assert appearance(head)


@given(st.binary(max_size=20))
def test_what_does_not_begin_with_the_record_type_behind_blank_lines_is_never_gdv(head):
    assert not looks_like_gdv(head) or head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \0\r\n\x1a").startswith(b"0001")

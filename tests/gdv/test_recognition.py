import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import looks_like_gdv


@pytest.mark.parametrize(
    "head",
    [
        b"000199999Absender",
        b"00014711 Absender",
        b"0001     Absender",
        b"0001A1b2C",
        b"\xef\xbb\xbf000199999",
        b"000199999" + bytes(range(256)),
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


@given(st.binary(max_size=20))
def test_what_does_not_begin_with_the_record_type_is_never_gdv(head):
    assert not looks_like_gdv(head) or head.removeprefix(b"\xef\xbb\xbf").startswith(b"0001")

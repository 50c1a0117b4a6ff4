import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv import part
from bipro_sync.gdv.noise import is_spelling, plain


STREET = part("0100", 1).field("Str")
POSTCODE = part("0100", 1).field("PLZ")
POLICY_NUMBER = part("0200", 1).field("VsNr")
PREMIUM = part("0200", 1).field("GesbeitragNettoInWE")
YEARS = part("0200", 1).field("RestlaufzeitVertrages")
BEGIN = part("0200", 1).field("Vertragsbeginn")
FREE = part("0200", 1).field("Leerstellen")


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        (STREET, "Musterstraße 12 a", "MUSTERSTR. 12A"),
        (STREET, "Musterstraße 12a", "Musterstrasse 12 A"),
        (STREET, "Am  Muster 2", "Am Muster 2"),
        (STREET, "Am-Muster 2", "Am Muster 2"),
        (STREET, "Gäßchen 007", "Gaesschen 7"),
        (STREET, "Weg 12-14", "Weg 12 - 14"),
        (POSTCODE, "01067", "1067"),
        (POLICY_NUMBER, "32/123456789", "32123456789"),
        (PREMIUM, None, "0.00"),
        (PREMIUM, "0.00", None),
        (YEARS, "05", "5"),
        (YEARS, "00", None),
        (FREE, "X1", "X2"),
        (None, "a b", "A B"),
    ],
)
def test_a_value_was_only_written_differently(field, old, new):
    assert is_spelling(field, old, new)
    assert is_spelling(field, new, old)


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        (STREET, "Musterstraße 12", "Musterstraße 21"),
        (STREET, "Musterstraße 12", "Musterstraße 12a"),
        (STREET, "Weg 12-14", "Weg 1214"),
        (STREET, "Weg 1", None),
        (STREET, "Haftung 1,50", "Haftung 150"),
        (STREET, "Haftung 1,05", "Haftung 1,5"),
        (POSTCODE, "01067", "10670"),
        (POLICY_NUMBER, "32123456789", "032123456789"),
        (PREMIUM, "1.00", "10.00"),
        (PREMIUM, "1.00", "-1.00"),
        (PREMIUM, None, "0.01"),
        (BEGIN, "2024-01-01", "2024-01"),
        (BEGIN, None, "2024-01-01"),
        (YEARS, "5", "50"),
    ],
)
def test_a_value_has_changed(field, old, new):
    assert not is_spelling(field, old, new)
    assert not is_spelling(field, new, old)


@given(st.text())
def test_what_is_plain_stays_so(text):
    assert plain(plain(text)) == plain(text)


@given(st.text("abcäöüß", min_size=1), st.integers(1, 999))
def test_a_house_number_counts_however_it_is_written(name, number):
    assert plain(f"{name} {number}a") == plain(f"{name.upper()}  {number:04} A")
    assert plain(f"{name} {number}") != plain(f"{name} {number + 1}")

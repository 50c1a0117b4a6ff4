import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.gdv.values import gdv_date
from bipro_sync.gdv.words import WORD, dates, numbers, stripped


def words(texts, width):
    """Return what texts of one width are as words, beside other things at the ends."""
    found = np.array([text.ljust(width, b"?") for text in texts], dtype=f"S{width}").view("<u8")
    return [np.ascontiguousarray(each) for each in found.reshape(len(texts), -1).T]


def texts(letters, width):
    return st.lists(st.text(letters, min_size=width, max_size=width).map(str.encode), min_size=1, max_size=20)


@given(st.integers(1, 24).flatmap(lambda width: texts("A1 ", width)))
def test_text_is_what_stripping_leaves_of_it(found):
    width = len(found[0])
    assert stripped(words(found, -(-width // WORD) * WORD), width).tolist() == [each.rstrip(b" ") for each in found]


@given(st.integers(1, 16).flatmap(lambda width: texts("0123456789", width)))
def test_digits_are_numbers_whatever_stands_before_them(found):
    width = len(found[0])
    whole = -(-width // WORD) * WORD
    values, readable = numbers(words([each.rjust(whole, b"?") for each in found], whole), width)
    assert values.tolist() == [int(each) for each in found]
    assert readable.all()


@given(st.sampled_from([6, 8]).flatmap(lambda width: texts("01239", width)))
def test_dates_are_those_of_the_calendar(found):
    width = len(found[0])
    values, readable = dates(words([each.rjust(WORD, b"?") for each in found], WORD), width)
    expected = [gdv_date(each) for each in found]
    assert readable.tolist() == [day is not None for day in expected]
    assert values.tolist() == [
        day.year * 10000 + (day.month or 0) * 100 + (day.day or 0) if day else 0 for day in expected
    ]


def test_many_records_say_what_few_say():
    found = [b"%08d" % number for number in range(20_000)]
    assert numbers(words(found, WORD), WORD)[0].tolist() == list(range(20_000))

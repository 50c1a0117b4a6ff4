import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.model.policy_number import normalised


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("32123456789", "32123456789"),
        ("32 123456789", "32123456789"),
        ("32-123456789", "32123456789"),
        ("32/123456789", "32123456789"),
        ("32.123.456.789", "32123456789"),
        ("      32123456789", "32123456789"),
        ("123456789", "123456789"),
        ("32/123456789/406", "32123456789406"),
        ("032123456789", "032123456789"),
        ("O2123456789", "O2123456789"),
        ("ab-12/x", "AB12X"),
        ("kfz-4711/a", "KFZ4711A"),
        ("３２１２３", "32123"),  # noqa: RUF001  # digits of full width, as some word processors make them
        ("?021570", "021570"),
        ("", ""),
    ],
)
def test_blanks_and_separators_go_and_nothing_else_does(sent, wanted):
    assert normalised(sent) == wanted


@given(st.text())
def test_what_is_normalised_stays_as_it_is(number):
    assert normalised(normalised(number)) == normalised(number)


@given(
    st.from_regex(r"0{0,5}[0-9A-Z]{1,12}", fullmatch=True), st.lists(st.sampled_from(" -/._"), max_size=5), st.data()
)
def test_separators_never_matter(number, separators, data):
    spelt = number
    for each in separators:
        place = data.draw(st.integers(0, len(spelt)))
        spelt = spelt[:place] + each + spelt[place:]
    assert normalised(spelt) == number

from __future__ import annotations

import pytest

from bipro_sync.bipro.codes import MEANINGS, is_about_login, is_session_over, is_temporary, printable, spoken


HEADER = [f"009{number:02}" for number in (0, 1, *range(5, 18), 19, 20)]
SERVICE = [f"009{number}" for number in (30, 31, 32)]
TEMPORARY = [f"009{number}" for number in range(40, 50)]
LOGIN = [f"009{number}" for number in range(60, 67)]
TRANSFER = [f"0400{number}" for number in range(7)]
GENERAL = ["00001", "00002", *(f"000{number:02}" for number in range(7, 11)), *(f"001{n:02}" for n in range(1, 10))]


@pytest.mark.parametrize("code", [*GENERAL, *HEADER, *SERVICE, *TEMPORARY, *LOGIN, "01010", *TRANSFER, "99999"])
def test_every_code_of_the_norm_has_a_meaning(code):
    assert spoken([code]) == f"{code} ({MEANINGS[code]})"


def test_no_two_codes_mean_the_same():
    assert len(set(MEANINGS.values())) == len(MEANINGS)


@pytest.mark.parametrize("code", MEANINGS)
def test_only_the_temporary_group_is_temporary(code):
    assert is_temporary([code]) is (code in TEMPORARY)


@pytest.mark.parametrize("code", LOGIN)
def test_a_word_about_the_account_outweighs_a_temporary_trouble(code):
    assert not is_temporary(["00940", code])
    assert is_about_login(["04005", code])


@pytest.mark.parametrize("code", sorted(set(MEANINGS) - set(LOGIN)))
def test_no_other_code_speaks_of_the_account(code):
    assert not is_about_login([code])


@pytest.mark.parametrize("code", MEANINGS)
def test_only_two_codes_ask_for_a_new_session(code):
    assert is_session_over([code]) is (code in {"00960", "00962"})


@pytest.mark.parametrize("code", ["00961", "00964", "00965", "00966"])
def test_no_new_session_is_asked_for_where_that_could_do_harm(code):
    assert not is_session_over(["00960", "00962", code])


@pytest.mark.parametrize("text", ["4711", "004711", "Herr Muster", "0096o", "", "٠٠٩٦٠"])
def test_what_is_no_code_is_never_repeated(text):
    assert printable([text, "00960"]) == ("00960",)
    assert text not in spoken([text]) or not text
    assert spoken([text]) == "without a code of the norm"

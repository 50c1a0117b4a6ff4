import pytest

from bipro_sync.gdv.policy_numbers import FORMS, KnownNumbers, Match, Method, insurer_number


RUV = FORMS["ruv"]
CONTRACT = "32123456789"


@pytest.mark.parametrize(
    ("sent", "method"),
    [
        (CONTRACT, Method.EXACT),
        ("      32123456789", Method.EXACT),
        ("32 123456789", Method.NORMALISED),
        ("32-123456789", Method.NORMALISED),
        ("32/123456789", Method.NORMALISED),
        ("32.123.456.789", Method.NORMALISED),
        ("123456789", Method.BODY),
        ("32/123456789/406", Method.WITHOUT_BRANCH),
        ("406/32/123456789", Method.WITHOUT_BRANCH),
        ("32/406/123456789", Method.WITHOUT_BRANCH),
    ],
)
def test_each_way_to_write_a_number_leads_to_its_contract(sent, method):
    assert KnownNumbers([CONTRACT, "30999999999"], RUV).find(sent) == Match(method, (CONTRACT,))


def test_a_body_that_two_contracts_have_is_for_a_person_to_decide():
    found = KnownNumbers([CONTRACT, "30123456789"], RUV).find("123456789")
    assert found == Match(Method.AMBIGUOUS, ("30123456789", CONTRACT))
    assert found.number is None


def test_a_branch_that_could_stand_at_two_places_is_for_a_person_to_decide():
    # Without its first three digits it is one contract, without its last three the other.
    found = KnownNumbers(["40632123456", "32123456789"], RUV).find("40632123456789")
    assert found == Match(Method.AMBIGUOUS, ("32123456789", "40632123456"))
    assert found.number is None


def test_no_zero_is_ever_taken_away():
    assert KnownNumbers([CONTRACT], RUV).find("032123456789") == Match(Method.NONE)


def test_letters_are_not_taken_for_digits():
    assert KnownNumbers(["02123456789"], RUV).find("O2123456789") == Match(Method.NONE)


def test_an_unknown_area_is_told_and_still_leads_to_its_contract():
    assert KnownNumbers(["99123456789"], RUV).find("99 123456789") == Match(
        Method.NORMALISED, ("99123456789",), unknown_area=True
    )
    assert KnownNumbers([], RUV).find("99123456789").unknown_area


def test_a_branch_is_not_taken_from_before_an_unknown_area():
    assert KnownNumbers(["99123456789"], RUV).find("406/99/123456789").method is Method.NONE


def test_in_the_general_form_only_the_whole_number_counts():
    known = KnownNumbers([CONTRACT], FORMS["general"])
    assert known.find("32/123456789").is_certain
    assert known.find("123456789") == Match(Method.NONE)
    assert known.find("32123456789406") == Match(Method.NONE)
    assert known.find("") == Match(Method.NONE)


def test_a_spelling_that_was_sent_is_exact():
    assert KnownNumbers(["32.123.456.789"], RUV).find("32.123.456.789").method is Method.EXACT


@pytest.mark.parametrize("sent", ["5339 ", " 5339", "05339", "5339"])
def test_an_insurers_number_is_the_same_with_four_digits_and_with_five(sent):
    assert insurer_number(sent) == "5339"

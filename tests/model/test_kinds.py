import pytest

from bipro_sync.model.kinds import CATEGORY_KINDS, CATEGORY_LABELS, Kind, category_label, kind_of


def test_the_kinds_are_the_published_ones():
    published = "mail gdv-portfolio gdv-changes claims commission event unknown"
    assert [kind.value for kind in Kind] == published.split()


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("100001000", Kind.MAIL),
        ("140012024", Kind.MAIL),
        ("200000000", Kind.MAIL),
        ("210000000", Kind.COMMISSION),
        ("999010010", Kind.GDV_PORTFOLIO),
        ("999010020", Kind.GDV_CHANGES),
        ("999030000", Kind.CLAIMS),
        ("999050000", Kind.COMMISSION),
        ("999999999", Kind.UNKNOWN),
        ("777000000", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        (None, Kind.UNKNOWN),
    ],
)
def test_a_category_has_its_kind(category, kind):
    assert kind_of(category, data_only=False) is kind


@pytest.mark.parametrize("category", ["140012024", "777000000", "", None])
def test_data_without_a_file_is_an_event_where_the_category_says_no_more_than_mail(category):
    assert kind_of(category, data_only=True) is Kind.EVENT


def test_data_without_a_file_keeps_a_kind_that_says_more():
    assert kind_of("210000000", data_only=True) is Kind.COMMISSION


def test_a_profile_overrides_and_the_longest_prefix_wins():
    overrides = {"150": Kind.CLAIMS, "150009": Kind.MAIL, "999": Kind.COMMISSION}
    assert kind_of("150001000", data_only=False, overrides=overrides) is Kind.CLAIMS
    assert kind_of("150009000", data_only=False, overrides=overrides) is Kind.MAIL
    assert kind_of("999010010", data_only=False, overrides=overrides) is Kind.GDV_PORTFOLIO
    assert kind_of("999123456", data_only=False, overrides=overrides) is Kind.COMMISSION


def test_every_category_with_a_kind_has_a_label():
    assert set(CATEGORY_KINDS) <= set(CATEGORY_LABELS)
    for prefix in CATEGORY_LABELS:
        assert category_label(prefix.ljust(9, "0")) == CATEGORY_LABELS[prefix]


def test_an_unknown_or_missing_category_says_so():
    assert category_label("777000000") == "unknown category"
    assert category_label("") == category_label(None) == "no category"

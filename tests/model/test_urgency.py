import pytest

from bipro_sync.model.kinds import kind_of
from bipro_sync.model.urgency import URGENT, Urgency, urgency_of


def urgency(category, **overrides):
    return urgency_of(category, kind_of(category, data_only=False), overrides=overrides)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("140012021", Urgency.DUNNING),
        ("140012999", Urgency.DUNNING),
        ("140012024", Urgency.CANCELLATION),  # a dunning letter with the cancellation in it
        ("140012070", None),  # written off
        ("160010000", Urgency.CANCELLATION),
        ("160008000", Urgency.CANCELLATION),  # a query about one
        ("160014000", None),  # a cancellation withdrawn
        ("110014000", Urgency.PORTFOLIO_LOSS),
        ("130017002", Urgency.PORTFOLIO_LOSS),
        ("130017001", None),  # a gain
        ("130100002", Urgency.PORTFOLIO_LOSS),  # the broker's mandate was revoked
        ("140014001", Urgency.BANK_DATA),
        ("140015003", Urgency.BANK_DATA),
        ("140015002", None),
        ("100007000", None),
        ("999010010", None),
        (None, Urgency.NO_CATEGORY),
        ("", Urgency.NO_CATEGORY),
        ("777000000", Urgency.UNKNOWN_CATEGORY),
        ("odd", Urgency.UNKNOWN_CATEGORY),
    ],
)
def test_urgent_is_what_somebody_must_see_today(category, expected):
    assert urgency(category) is expected


def test_a_profile_may_say_otherwise_by_a_prefix_of_any_length():
    assert urgency("150002002", **{"150002": Urgency.CANCELLATION}) is Urgency.CANCELLATION
    assert urgency("140012021", **{"140012": Urgency.NONE}) is None
    assert urgency("140012024", **{"140012": Urgency.NONE}) is Urgency.CANCELLATION
    assert urgency("777000000", **{"777": Urgency.NONE}) is None


def test_every_prefix_of_the_table_is_whole_groups_of_three_digits():
    assert all(prefix.isdigit() and len(prefix) in {3, 6, 9} for prefix in URGENT)

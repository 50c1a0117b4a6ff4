from datetime import UTC, date, datetime

import pytest

from bipro_sync.model.kinds import Kind
from bipro_sync.model.retention import AUDIT, LEAST, Terms, law_of


def test_every_kind_and_the_audit_log_have_a_term_by_law():
    assert set(LEAST) == {*Kind, AUDIT}
    assert {LEAST[kind] for kind in (Kind.MAIL, Kind.GDV_PORTFOLIO, Kind.GDV_CHANGES)} == {6}
    assert (LEAST[Kind.COMMISSION], LEAST[AUDIT]) == (8, 10)


@pytest.mark.parametrize(
    ("stored", "day"),
    [
        (datetime(2026, 11, 21, 12, tzinfo=UTC), date(2033, 1, 1)),
        (datetime(2026, 1, 1, 0, tzinfo=UTC), date(2033, 1, 1)),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2033, 1, 1)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2034, 1, 1)),
    ],
)
def test_a_term_counts_from_the_end_of_the_year_in_berlin(stored, day):
    assert Terms().first_day(Kind.MAIL, stored) == day


def test_a_longer_term_holds_for_its_kind_alone():
    terms = Terms({Kind.MAIL: 10})
    stored = datetime(2026, 3, 1, tzinfo=UTC)
    assert [terms.first_day(kind, stored).year for kind in (Kind.MAIL, Kind.CLAIMS, AUDIT)] == [2037, 2033, 2037]
    assert terms.shortest == 6


def test_what_may_be_a_settlement_is_kept_as_one_and_each_term_names_its_law():
    assert LEAST[Kind.UNKNOWN] == LEAST[Kind.COMMISSION]
    assert law_of(Kind.MAIL).startswith("HGB § 257")
    assert law_of(Kind.COMMISSION).startswith("AO § 147")

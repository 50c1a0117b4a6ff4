from datetime import date

import pytest

from bipro_sync.config import expected_of
from bipro_sync.model.kinds import Kind

from .conftest import TEST


@pytest.fixture
def expected(loaded, tmp_path):
    """What is expected of the insurer `one` with these lines in its section."""

    def _expected(lines, defaults=""):
        text = TEST.replace("[defaults]", f"[defaults]\n{defaults}")
        return expected_of(loaded(f"{text}[insurers.one]\n{lines}\n"), "one", tmp_path)

    return _expected


def lengths(found):
    return {kind: str(length) for kind, length in found.items()}


def test_the_section_wins_over_the_defaults_and_these_over_the_profile(expected):
    mine = 'expect = { mail = "2 days" }'
    assert lengths(expected(f'profile = "ruv"\n{mine}', 'expect = { claims = "1 day" }').kinds) == {Kind.MAIL: "2 days"}
    assert lengths(expected('profile = "ruv"', 'expect = { claims = "1 day" }').kinds) == {Kind.CLAIMS: "1 day"}
    found = expected('profile = "ruv"')
    assert lengths(found.kinds) == {
        Kind.MAIL: "3 working days",
        Kind.GDV_PORTFOLIO: "8 days",
        Kind.COMMISSION: "35 days",
    }
    assert found.days.state == "HE"


def test_nobody_expects_anything_where_nobody_says_so(expected):
    found = expected("contract_end = 2027-12-31")
    assert (found.kinds, found.numbers, found.days.state) == ({}, {}, "DE")
    assert found.contract_end == date(2027, 12, 31)


def test_what_is_left_at_the_insurer_is_not_expected(expected):
    found = expected('profile = "ruv"\ndeliveries = { commission = "leave", gdv-portfolio = "monthly" }')
    assert set(found.kinds) == {Kind.MAIL, Kind.GDV_PORTFOLIO}


def test_single_broker_numbers_have_expectations_of_their_own(expected):
    found = expected('expect_numbers = { "4711" = { mail = "5 working days", claims = "9 days" } }')
    assert lengths(found.numbers["4711"]) == {Kind.MAIL: "5 working days", Kind.CLAIMS: "9 days"}


def test_a_profile_of_the_user_s_is_read_and_a_broken_one_says_nothing_here(expected, tmp_path):
    (tmp_path / "own.toml").write_text('title = "Own"\nexpect = { mail = "7 days" }\n[wire]\nodd = 1\n')
    assert lengths(expected('profile = "own"').kinds) == {Kind.MAIL: "7 days"}
    for broken in ('expect = { mail = "soon" }', "expect = ", "\udcff"):
        (tmp_path / "own.toml").write_text(broken, errors="surrogateescape")
        assert expected('profile = "own"').kinds == {}
    assert expected('profile = "no-such"').kinds == {}


def test_what_a_pull_holds_true_is_what_is_expected(loaded):
    from bipro_sync.insurers import effective  # noqa: PLC0415 - the other way to the same values

    config = loaded(
        f"{TEST}[insurers.one]\nprofile = \"ruv\"\nsts_url = 'https://a.example/'\ntransfer_url = 'https://a.example/t'\n"
        "auth = { username = 'u', password = { env = 'P' } }\n"
    )
    insurer = effective(config)["one"]
    found = expected_of(config, "one")
    assert lengths(found.kinds) == lengths(insurer.expect)
    assert found.days.state == insurer.holidays

import pytest


def at_the_insurer(seconds):
    return f"[http]\nclock_skew = {seconds}\n"


@pytest.mark.parametrize(("skew", "where"), [(600, "600 s ahead of ours"), (-600, "600 s behind ours")])
def test_a_skew_of_ten_minutes_is_survived_and_reported(office, skew, where):
    office.opens(at_the_insurer(skew), office.shipment("A"))
    pulled = office.pull()
    assert (pulled["exit_code"], pulled["acknowledged"]) == (0, 1)
    assert abs(pulled["clock_skew"] - skew) <= 2
    (remark,) = pulled["remarks"]
    assert remark.startswith("The clock of muster is ")
    assert abs(int(remark.split()[5]) - abs(skew)) <= 2
    assert where.split("s ")[1] in remark
    assert "timedatectl" in remark


def test_less_than_a_minute_is_no_remark(office):
    office.opens(at_the_insurer(50))
    pulled = office.pull()
    assert pulled["remarks"] == []
    assert 48 <= pulled["clock_skew"] <= 52


def test_an_insurer_that_was_not_reached_has_no_clock(office):
    office.opens()
    office.insurers["muster"].stop()
    assert office.pull()["clock_skew"] is None


@pytest.mark.parametrize(
    ("other", "whose"),
    [(300, "this machine's is probably wrong"), (0, "the insurer's is probably wrong")],
)
def test_other_insurers_clocks_tell_whose_is_wrong(office, other, whose):
    office.opens(at_the_insurer(other), name="andere")
    office.opens(at_the_insurer(305), name="muster")
    pulled = office.pull()
    assert whose in pulled["remarks"][0]


def test_a_login_that_is_refused_for_the_time_still_tells_of_the_clock(office):
    office.opens(at_the_insurer(900), office.fault("login", "fault", codes=["00960", "00963"]))
    pulled = office.pull()
    assert pulled["exit_code"] == 12
    assert "ahead of ours" in pulled["remarks"][0]

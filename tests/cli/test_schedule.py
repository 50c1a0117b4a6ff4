from datetime import UTC, datetime
from itertools import pairwise


def test_it_prints_when_each_insurer_is_due_with_the_offset_of_its_zone(office):
    office.configure("one", schedule="30 2 * * *", sts_url="https://one.example/", transfer_url="https://one.example/t")
    office.configure("two", schedule="0 6 1 * *", sts_url="https://two.example/", transfer_url="https://two.example/t")
    code, document = office.ask("schedule", "--next", "400")
    one, two = document["insurers"]
    assert (code, one["insurer"], one["timezone"], document["jitter"]) == (0, "one", "Europe/Berlin", "15 minutes")
    times = [datetime.fromisoformat(each) for each in one["next"]]
    assert len(times) == 400
    assert times[0] > datetime.now(UTC)
    assert all(one < other for one, other in pairwise(times))
    assert {each.utcoffset().seconds for each in times} == {3600, 7200}
    # Once a day, and at three on the day in March that leaves half past two out.
    assert len({each.date() for each in times}) == 400
    assert {each.strftime("%H:%M") for each in times} == {"02:30", "03:00"}
    assert all(each.startswith("20") and "-01T06:00" in each for each in two["next"])


def test_three_times_are_shown_of_whoever_is_asked_for(office):
    office.configure("one", sts_url="https://one.example/", transfer_url="https://one.example/t")
    office.configure("two", sts_url="https://two.example/", transfer_url="https://two.example/t")
    code, out, err = office.run("schedule", "--insurer", "two")
    assert (code, err, "one" in out.split()) == (0, "", False)
    assert out.count("+01:00") + out.count("+02:00") == 3


def test_who_cannot_be_pulled_is_named_and_the_others_are_shown(office):
    office.configure("one", sts_url="https://one.example/", transfer_url="https://one.example/t")
    office.configure("two", sts_url="http://two.example/")
    code, out, err = office.run("schedule")
    assert (code, "one" in out, "two is not pulled" in err) == (10, True, True)

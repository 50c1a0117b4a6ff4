from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bipro_sync.durable import FileLock
from bipro_sync.errors import AlertError
from bipro_sync.model.condition import Condition, Level, Matter
from bipro_sync.notify.memory import remembered
from bipro_sync.notify.telling import MOST_OWED, UNIT_AGAIN, Channel, Findings, tell, tell_of_unit

from .conftest import NOW, quarantine


class Ear:
    """Somebody who is told, and may be deaf."""

    def __init__(self, name="mail"):
        self.name, self.heard, self.deaf, self.tries = name, [], False, 0

    def __call__(self, news):
        self.tries += 1
        if self.deaf:
            raise AlertError(f"{self.name} is deaf.")
        self.heard.append(news)

    @property
    def channel(self):
        return Channel(self.name, self)

    def last(self):
        return {word: [each.key for each in getattr(self.heard[-1], word)] for word in ("new", "passed", "stay")}


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def other():
    return Ear("webhook")


@pytest.fixture
def told(tmp_path, ear, other):
    """Tells both ears; each call is an hour later."""
    hours = iter(range(10_000))

    def _told(*conditions, events=(), complete=True):
        now = NOW + timedelta(hours=next(hours))
        found = Findings(now, conditions, complete=complete)
        return tell([ear.channel, other.channel], tmp_path / "alerts.json", lambda: found, events)

    return _told


URGENT = Condition(matter=Matter.URGENT, level=Level.WARNING, insurer="muster", facts={"ids": "A"})
KEY = "quarantine:muster:"


def test_what_is_so_is_told_once_and_its_end_once(told, ear):
    assert told(quarantine()) == ()
    assert ear.last() == {"new": [KEY], "passed": [], "stay": []}
    told(quarantine())
    told(quarantine())
    assert len(ear.heard) == 1
    told()
    assert ear.last() == {"new": [], "passed": [KEY], "stay": []}
    told()
    assert len(ear.heard) == 2


def test_what_has_grown_is_told_again_and_what_shrinks_is_not(told, ear):
    for count in (2, 3, 1, 2, 2):
        told(quarantine(count))
    assert [news.new[0].weight for news in ear.heard] == [2, 3, 2]


def test_what_goes_on_is_named_beside_what_is_new(told, ear):
    told(quarantine())
    told(quarantine(), quarantine(insurer="zweite"))
    assert ear.last() == {"new": ["quarantine:zweite:"], "passed": [], "stay": [KEY]}


def test_an_event_is_told_once_and_never_passes(told, ear):
    told(events=[URGENT])
    told()
    told()
    assert [[each.matter for each in news.new] for news in ear.heard] == [[Matter.URGENT]]


def test_who_could_not_be_told_is_told_the_state_of_then_and_every_event(told, ear, other):
    ear.deaf = True
    assert told(quarantine(), events=[URGENT]) == ("mail: mail is deaf.",)
    told(quarantine(insurer="zweite"), events=[URGENT])
    ear.deaf = False
    assert told(quarantine(insurer="zweite")) == ()
    assert ear.last() == {"new": ["urgent:muster:", "urgent:muster:", "quarantine:zweite:"], "passed": [], "stay": []}
    assert ear.heard[-1].unreached_since == NOW
    told(quarantine(insurer="zweite"))
    assert len(ear.heard) == 1


def test_that_one_way_does_not_work_is_told_the_other_at_once_and_its_end_too(told, ear, other, tmp_path):
    other.deaf = True
    told(quarantine())
    assert [[each.key for each in news.new] for news in ear.heard] == [[KEY], ["channel::webhook"]]
    [failing] = remembered(tmp_path / "alerts.json").failing()
    assert (failing.matter, failing.about) == (Matter.CHANNEL, "webhook")
    told(quarantine())
    assert len(ear.heard) == 2
    other.deaf = False
    told(quarantine())
    assert ear.last() == {"new": [], "passed": ["channel::webhook"], "stay": [KEY]}
    assert list(remembered(tmp_path / "alerts.json").failing()) == []


def test_a_way_that_fails_is_tried_once_a_run(told, ear):
    ear.deaf = True
    told(quarantine())
    assert ear.tries == 1
    told(quarantine())
    assert ear.tries == 2


def test_what_is_owed_does_not_grow_for_ever(told, ear, tmp_path):
    ear.deaf = True
    for _ in range(3):
        told(events=[URGENT] * 100)
    assert len(remembered(tmp_path / "alerts.json").channels["mail"].owed) == MOST_OWED


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"channels": 7}', b"\xff"])
def test_a_memory_that_is_garbage_costs_one_alert_more_and_nothing_else(told, ear, tmp_path, garbage):
    told(quarantine())
    (tmp_path / "alerts.json").write_bytes(garbage)
    told(quarantine())
    told(quarantine())
    assert len(ear.heard) == 2


def test_a_way_that_is_no_longer_configured_is_forgotten(told, ear, other, tmp_path):
    ear.deaf = True
    told(quarantine())
    tell([other.channel], tmp_path / "alerts.json", lambda: Findings(NOW, [quarantine()]), [])
    assert list(remembered(tmp_path / "alerts.json").channels) == ["webhook"]


def test_a_unit_that_fails_again_and_again_is_told_once_a_day(ear, tmp_path):
    unit = Condition(matter=Matter.UNIT, level=Level.CRITICAL, about="bipro-sync-pull@muster.service")
    path = tmp_path / "alerts.json"
    assert tell_of_unit([ear.channel], path, unit, NOW) == ()
    assert tell_of_unit([ear.channel], path, unit, NOW + timedelta(hours=6)) is None
    assert tell_of_unit([ear.channel], path, unit, NOW + UNIT_AGAIN) == ()
    assert len(ear.heard) == 2


def test_a_unit_s_failure_that_could_not_be_told_is_told_after_the_next_run(told, ear, other, tmp_path):
    ear.deaf = True
    unit = Condition(matter=Matter.UNIT, level=Level.CRITICAL, about="x.service")
    assert tell_of_unit([ear.channel], tmp_path / "alerts.json", unit, NOW) == ("mail: mail is deaf.",)
    ear.deaf = False
    told()
    assert ear.last()["new"] == ["unit::x.service"]


def test_where_not_everything_can_be_seen_nothing_is_said_to_have_passed(told, ear):
    told(quarantine())
    archive = Condition(matter=Matter.ARCHIVE, level=Level.CRITICAL)
    told(archive, complete=False)
    assert ear.last() == {"new": ["archive::"], "passed": [], "stay": [KEY]}
    told(quarantine())
    assert ear.last() == {"new": [], "passed": ["archive::"], "stay": [KEY]}


def test_it_is_looked_while_nobody_else_tells(ear, tmp_path):
    path = tmp_path / "alerts.json"

    def look():
        assert not FileLock(path.with_suffix(".lock")).acquire(wait=False)
        return Findings(NOW, [quarantine()])

    tell([ear.channel], path, look, [])
    assert len(ear.heard) == 1


STATES = st.dictionaries(st.sampled_from(["muster", "zweite", "dritte"]), st.integers(1, 3), max_size=3)


@given(history=st.lists(st.tuples(STATES, st.booleans(), st.integers(0, 2)), min_size=1, max_size=12))
def test_in_any_history_whoever_hears_again_knows_what_is_so(tmp_path_factory, history):
    ear, path = Ear(), tmp_path_factory.mktemp("alerts") / "alerts.json"
    believed, events = {}, 0
    for hour, (state, deaf, happened) in enumerate([*history, (history[-1][0], False, 0)]):
        ear.deaf = deaf
        so = [quarantine(count, insurer) for insurer, count in state.items()]
        before = len(ear.heard)
        found = Findings(NOW + timedelta(hours=hour), so)
        tell([ear.channel], path, lambda found=found: found, [URGENT] * happened)
        for news in ear.heard[before:]:
            events += sum(each.matter is Matter.URGENT for each in news.new)
            believed |= {each.insurer: each.weight for each in news.new if each.matter is not Matter.URGENT}
            for each in news.passed:
                del believed[each.insurer]
        if not deaf:
            assert set(believed) == set(state)
            assert all(believed[name] >= state[name] for name in state)
    assert events == sum(happened for _, _, happened in history)

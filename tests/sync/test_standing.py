from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.catalog import SetAside
from bipro_sync.model.states import TRANSITIONS, Failure, ShipmentState
from bipro_sync.model.told import Told, Word
from bipro_sync.sync.standing import Lying, concluded


BEGUN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DIGEST = "ab" * 32

S, W = ShipmentState, Word

STORED = "stored"
ASIDE = "aside"
"""In a story of words: here a directory appeared."""

ACKNOWLEDGED = (W.FETCH, STORED, W.DECIDED, W.SENT, W.CONFIRMED)


def standing(*story, minute=1):
    """Where a shipment stands after a story, each of its events this many minutes after the one before."""
    words, lying = [], []
    for number, event in enumerate(story, start=1):
        at = BEGUN + timedelta(minutes=number * minute)
        if event == STORED:
            lying.append(Lying(at))
        elif event == ASIDE:
            lying.append(Lying(at, SetAside(at, "quarantine/x", DIGEST, Failure.OTHER_ID, "it is another one")))
        else:
            detail = f"acknowledge; manifest {DIGEST}; stored and read back" if event is W.DECIDED else None
            words.append(Told("muster", "muster", "A", number, event, at, f"run-{number}", None, detail))
    return concluded(words, lying)


STORIES = [
    ((), None),
    ((W.FETCH,), S.LISTED),
    ((W.FETCH, W.UNFETCHED), S.LISTED),
    ((W.FETCH, W.FAILED), S.FAILED),
    ((W.FETCH, W.FAILED, W.FETCH), S.LISTED),
    ((W.FETCH, W.FAILED, W.FETCH, STORED), S.STORED),
    ((W.LEFT,), S.LEFT),
    ((W.LEFT, W.FETCH, STORED), S.STORED),
    ((W.FETCH, W.FAILED, W.VANISHED), S.VANISHED),
    ((W.VANISHED, W.FETCH, W.FAILED), S.FAILED),
    ((STORED,), S.STORED),
    ((W.FETCH, STORED), S.STORED),
    ((W.FETCH, STORED, W.FETCH, W.FAILED), S.STORED),
    ((W.FETCH, STORED, W.DECIDED), S.STORED),
    ((W.FETCH, STORED, W.DECIDED, W.SENT), S.ACK_UNKNOWN),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.NOT_CARRIED_OUT), S.STORED),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.NOT_CARRIED_OUT, W.SENT, W.CONFIRMED), S.ACKNOWLEDGED),
    (ACKNOWLEDGED, S.ACKNOWLEDGED),
    ((*ACKNOWLEDGED, W.FETCH), S.ACKNOWLEDGED),
    ((*ACKNOWLEDGED, W.DECIDED, W.SENT), S.ACK_UNKNOWN),
    ((*ACKNOWLEDGED, W.DECIDED, W.SENT, W.NOT_CARRIED_OUT), S.ACK_UNKNOWN),
    ((*ACKNOWLEDGED, W.DECIDED, W.SENT, W.UNKNOWN_ID), S.ACKNOWLEDGED),
    ((*ACKNOWLEDGED, W.FETCH, ASIDE), S.CONFLICT),
    ((*ACKNOWLEDGED, W.FETCH, ASIDE, W.DECIDED, W.SENT, W.CONFIRMED), S.ACKNOWLEDGED),
    ((*ACKNOWLEDGED, W.FETCH, ASIDE, W.DECIDED, W.SENT, W.NOT_CARRIED_OUT), S.CONFLICT),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.UNKNOWN_ID), S.ACK_UNKNOWN),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.UNCLEAR, W.DECIDED, W.SENT, W.UNKNOWN_ID), S.ACKNOWLEDGED),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.DECIDED, W.SENT, W.UNKNOWN_ID), S.ACKNOWLEDGED),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.REFUSED), S.ACK_REFUSED),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.REFUSED, W.RETRY), S.STORED),
    ((W.FETCH, ASIDE), S.QUARANTINED),
    ((W.FETCH, ASIDE, W.RETRY), S.LISTED),
    ((W.FETCH, ASIDE, W.RETRY, W.FETCH, ASIDE), S.QUARANTINED),
    ((W.FETCH, ASIDE, W.RETRY, W.FETCH, STORED), S.STORED),
    ((W.FETCH, ASIDE, W.DECIDED, W.SENT, W.CONFIRMED), S.ACKNOWLEDGED),
    ((W.FETCH, STORED, W.FETCH, ASIDE), S.CONFLICT),
    ((W.FETCH, STORED, W.FETCH, ASIDE, W.RETRY), S.STORED),
    ((W.FETCH, STORED, W.FETCH, ASIDE, W.RETRY, W.FETCH), S.STORED),
    ((W.FETCH, STORED, W.FETCH, ASIDE, W.RETRY, W.FETCH, ASIDE), S.CONFLICT),
    ((W.FETCH, W.FAILED, W.RETRY), S.LISTED),
    ((W.LEFT, W.RETRY), S.LEFT),
    ((W.FETCH, STORED, W.HOLD, W.DECIDED, W.SENT, W.NOT_CARRIED_OUT), S.STORED),
    ((W.HOLD,), S.HELD),
    ((W.HOLD, W.RELEASE), S.LISTED),
    ((W.HOLD, W.RELEASE, W.FETCH, STORED), S.STORED),
    ((W.FETCH, STORED, W.HOLD), S.HELD),
    ((W.FETCH, STORED, W.HOLD, W.RELEASE), S.STORED),
    ((W.FETCH, STORED, W.DECIDED, W.SENT, W.HOLD), S.HELD),
    ((W.FETCH, STORED, W.HOLD, W.DECIDED, W.SENT, W.CONFIRMED), S.ACKNOWLEDGED),
    ((W.FETCH, STORED, W.RETRY), S.STORED),
    ((W.RELEASE,), None),
    ((W.RETRY,), None),
]


@pytest.mark.parametrize(("story", "state"), STORIES, ids=str)
def test_every_story_ends_in_one_state(story, state):
    assert standing(*story).state is state


@pytest.mark.parametrize("story", [story for story, _ in STORIES], ids=" ".join)
def test_a_clock_that_stands_still_or_goes_back_makes_no_shipment_acknowledged_or_free(story):
    usual = standing(*story).state
    for minute in (0, -1):
        found = standing(*story, minute=minute).state
        assert found is S.HELD or usual is not S.HELD
        assert found is not S.ACKNOWLEDGED or usual is S.ACKNOWLEDGED


@pytest.mark.parametrize("story", [story for story, _ in STORIES], ids=" ".join)
def test_the_history_leads_to_the_state_step_by_step(story):
    found = standing(*story)
    assert [step.old for step in found.history] == [None, *(step.new for step in found.history)][: len(found.history)]
    assert not found.history or found.history[-1].new is found.state


def test_what_is_held_here_stays_held_though_it_is_fetched_to_be_compared():
    assert standing(W.FETCH, STORED, W.HOLD, W.FETCH).state is S.HELD
    assert standing(W.HOLD, W.FETCH).state is S.LISTED


def test_the_usual_way_is_told_as_the_ledger_tells_it():
    history = standing(*ACKNOWLEDGED).history
    assert [step.new for step in history] == [S.LISTED, S.FETCHING, S.STORED, S.ACK_INTENT, S.ACKNOWLEDGED]
    assert all(step.new in TRANSITIONS[step.old] for step in history if step.old)
    assert history[3].reason == "stored and read back"
    assert [step.run for step in history] == ["run-1", "run-1", "run-1", "run-3", "run-5"]


def test_what_was_acknowledged_is_known_by_its_manifest_and_its_moment():
    found = standing(*ACKNOWLEDGED)
    assert found.manifest_sha256 == DIGEST
    assert found.acknowledged_at == BEGUN + timedelta(minutes=5)
    assert standing(W.DECIDED, W.SENT, W.CONFIRMED).manifest_sha256 == DIGEST, "though nothing of it lies here"
    assert standing(W.FETCH, STORED).manifest_sha256 is None


def test_a_conflict_says_where_the_other_delivery_is_kept():
    assert standing(W.FETCH, STORED, W.FETCH, ASIDE).reason == "conflict: it is another one; kept at quarantine/x"
    assert standing(W.FETCH, ASIDE).reason == "other-id: it is another one"


def test_after_a_conflict_was_ended_by_an_operator_nothing_is_acknowledged_uncompared():
    assert standing(W.FETCH, STORED, W.FETCH, ASIDE, W.RETRY).to_compare
    assert not standing(W.FETCH, STORED, W.FETCH, ASIDE).to_compare
    assert not standing(*ACKNOWLEDGED).to_compare


def test_attempts_are_counted_by_run():
    words = [
        Told("muster", "muster", "A", n, w, BEGUN, run)
        for n, (w, run) in enumerate(
            [
                (W.FETCH, "1"),
                (W.FAILED, "1"),
                (W.FETCH, "1"),
                (W.FAILED, "1"),
                (W.FETCH, "2"),
                (W.FAILED, "2"),
            ]
        )
    ]
    assert concluded(words, []).attempts == 2

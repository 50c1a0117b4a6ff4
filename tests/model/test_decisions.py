from itertools import product

import pytest

from bipro_sync.model.decisions import Decision, destination, possible
from bipro_sync.model.states import ACK_OWED, STORED_BYTES, TO_FETCH, TRANSITIONS, ShipmentState


S = ShipmentState
D = Decision


def has_bytes(state):
    """Whether a shipment in this state is stored; only of a held one that is not said."""
    return [True, False] if state is S.HELD else [state in STORED_BYTES]


EVERYWHERE = [(decision, state, stored) for decision, state in product(D, S) for stored in has_bytes(state)]


def test_every_decision_leads_where_the_table_of_moves_leads():
    for decision, state, stored in EVERYWHERE:
        new = destination(decision, state, stored=stored)
        assert new is None or new in TRANSITIONS[state], (decision, state)


def test_what_is_not_stored_is_never_acknowledged_by_a_decision():
    for decision, state, stored in EVERYWHERE:
        new = destination(decision, state, stored=stored)
        if not stored:
            assert new not in STORED_BYTES, (decision, state)


def test_no_decision_unmakes_an_acknowledgement_or_says_that_one_was_made():
    assert possible(S.ACKNOWLEDGED, stored=True) == []
    assert S.ACKNOWLEDGED not in {destination(decision, state, stored=stored) for decision, state, stored in EVERYWHERE}


def test_what_is_stored_for_good_is_never_fetched_over_by_a_decision():
    for decision, state, stored in EVERYWHERE:
        new = destination(decision, state, stored=stored)
        if stored and new in TO_FETCH:
            assert (decision, state) == (D.RETRY, S.QUARANTINED)


@pytest.mark.parametrize("state", [S.LISTED, S.FAILED, S.STORED, S.ACK_UNKNOWN])
def test_what_is_held_is_released_to_be_fetched_or_to_be_acknowledged(state):
    stored = state in ACK_OWED
    assert destination(D.HOLD, state, stored=stored) is S.HELD
    assert destination(D.RELEASE, S.HELD, stored=stored) is (S.STORED if stored else S.LISTED)


def test_what_may_be_decided_is_this_and_no_more():
    assert {(state, stored): possible(state, stored=stored) for _, state, stored in EVERYWHERE} == {
        (S.LISTED, False): [D.HOLD],
        (S.FETCHING, False): [],
        (S.STORED, True): [D.HOLD, D.ACK],
        (S.ACK_INTENT, True): [],
        (S.ACKNOWLEDGED, True): [],
        (S.FAILED, False): [D.HOLD, D.RETRY],
        (S.HELD, True): [D.RELEASE, D.ACK],
        (S.HELD, False): [D.RELEASE],
        (S.LEFT, False): [],
        (S.QUARANTINED, True): [D.RETRY, D.ACK],
        (S.CONFLICT, True): [D.RETRY, D.ACK],
        (S.ACK_UNKNOWN, True): [D.HOLD, D.ACK],
        (S.ACK_REFUSED, True): [D.RETRY, D.ACK],
        (S.VANISHED, False): [],
        (S.IMPORTED, True): [],
    }

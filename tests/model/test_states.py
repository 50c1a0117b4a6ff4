from bipro_sync.model.states import (
    ACK_OWED,
    FAILURES,
    OPEN,
    STORED_BYTES,
    TO_FETCH,
    TRANSITIONS,
    TROUBLE,
    WAITING,
    Failure,
    ShipmentState,
)


def reachable(start, transitions):
    seen, waiting = set(), {start}
    while waiting:
        state = waiting.pop()
        seen.add(state)
        waiting |= transitions[state] - seen
    return seen


def test_the_states_are_the_published_ones():
    published = """
        listed fetching stored ack_intent acknowledged failed held left quarantined conflict ack_unknown ack_refused
        vanished imported
    """
    assert [state.value for state in ShipmentState] == published.split()


def test_every_state_has_its_moves_and_they_lead_to_other_states():
    assert set(TRANSITIONS) == set(ShipmentState)
    for state, following in TRANSITIONS.items():
        assert following or state is ShipmentState.IMPORTED
        assert following <= set(ShipmentState)
        assert state not in following


def test_every_state_is_reached_from_listed_but_that_of_what_no_insurer_lists():
    assert reachable(ShipmentState.LISTED, TRANSITIONS) == set(ShipmentState) - {ShipmentState.IMPORTED}


def test_what_was_archived_by_hand_stays_what_it_is_and_owes_nothing():
    assert TRANSITIONS[ShipmentState.IMPORTED] == frozenset()
    assert ShipmentState.IMPORTED in STORED_BYTES
    assert ShipmentState.IMPORTED not in OPEN | WAITING | TROUBLE | ACK_OWED


def test_nothing_is_acknowledged_that_was_never_stored():
    stored = {ShipmentState.STORED, ShipmentState.QUARANTINED, ShipmentState.CONFLICT}
    without = {state: following - stored for state, following in TRANSITIONS.items()}
    never_stored = reachable(ShipmentState.LISTED, without)
    # Held after storing is the one state that both ways share.
    assert never_stored & {ShipmentState.ACK_INTENT, ShipmentState.ACKNOWLEDGED, ShipmentState.ACK_UNKNOWN} == set()


def test_an_acknowledgement_is_announced_before_it_is_unknown_or_refused():
    for state, following in TRANSITIONS.items():
        if ShipmentState.ACK_UNKNOWN in following:
            assert state is ShipmentState.ACK_INTENT
        if ShipmentState.ACK_REFUSED in following:
            assert state in {ShipmentState.ACK_INTENT, ShipmentState.ACK_UNKNOWN}


def test_what_owes_an_acknowledgement_has_its_bytes():
    assert ACK_OWED <= STORED_BYTES
    assert not TO_FETCH & STORED_BYTES


def test_recovery_looks_at_what_is_fetched_and_what_is_owed():
    assert TO_FETCH | ACK_OWED | {ShipmentState.FETCHING} == OPEN
    assert ShipmentState.ACKNOWLEDGED not in OPEN | TROUBLE


def test_what_is_listed_once_more_was_never_stored_or_is_kept_aside():
    for state in STORED_BYTES - {ShipmentState.QUARANTINED}:
        assert ShipmentState.LISTED not in TRANSITIONS[state], "its row would forget what is stored (I3)"


def test_what_is_stored_or_kept_aside_is_not_fetched_over_but_listed_first():
    assert {state for state, following in TRANSITIONS.items() if ShipmentState.FETCHING in following} == TO_FETCH


def test_what_is_held_is_never_acknowledged_before_it_is_released():
    assert TRANSITIONS[ShipmentState.HELD] & ACK_OWED == {ShipmentState.STORED}
    assert ShipmentState.ACKNOWLEDGED not in TRANSITIONS[ShipmentState.HELD]


def test_what_is_acknowledged_is_never_owed_or_fetched_again_but_by_being_listed():
    following = TRANSITIONS[ShipmentState.ACKNOWLEDGED]
    assert following == {ShipmentState.ACK_INTENT, ShipmentState.CONFLICT}


def test_what_must_not_end_unseen_is_unfetched_or_held():
    assert TO_FETCH | {ShipmentState.FETCHING, ShipmentState.HELD} == WAITING


def test_every_failure_has_a_verdict():
    assert set(FAILURES) == set(Failure)


def test_transport_troubles_are_repeated_and_never_quarantined():
    transport = {
        *(Failure.TRANSPORT, Failure.FRAMING, Failure.MISSING_PART),
        *(Failure.NOT_OK, Failure.MISSING_RIGHT, Failure.NOT_SOAP, Failure.REFUSED_XML),
    }
    assert {failure for failure, verdict in FAILURES.items() if verdict.attempts is None} == transport


def test_wrong_contents_get_three_runs_and_foreign_data_none():
    three = {failure for failure, verdict in FAILURES.items() if verdict.attempts == 3}
    assert three == {Failure.WRONG_COUNT, Failure.WRONG_CHECKSUM}
    for failure in (Failure.FOREIGN_BROKER, Failure.OTHER_ID, Failure.MALWARE):
        assert FAILURES[failure].attempts == 1


def test_foreign_data_and_malware_are_not_shown_and_wrong_contents_are():
    kept_aside = {failure: verdict.shown for failure, verdict in FAILURES.items() if verdict.attempts is not None}
    hidden = {failure for failure, shown in kept_aside.items() if not shown}
    assert hidden == {Failure.FOREIGN_BROKER, Failure.OTHER_ID, Failure.MALWARE}

"""The rest that an insurer asks for is given: no call of the run leaves before it is over."""

from __future__ import annotations

import pytest

from bipro_sync.errors import TemporaryError, UnreachableError
from bipro_sync.model.ports import LoginVerdict, Operation
from bipro_sync.model.shipment import AckVerdict

from ..fixtures import SHIPMENT, answer, message, token_answer


def busy(asked, status=503):
    return answer(b"", status=status, content_type="", Retry_After=str(asked))


@pytest.mark.parametrize("status", [429, 503])
def test_a_rest_that_is_too_long_for_a_run_is_not_waited_for_and_nothing_leaves_before_its_end(signed_in, status):
    signed_in.script(busy(3600, status))
    client = signed_in.client(most_retries=20)
    with pytest.raises(TemporaryError):
        client.list_shipments()
    assert not signed_in.clock.slept
    signed_in.clock.sleep(3600 - 301)
    for ask in (
        client.login,
        client.list_shipments,
        lambda: client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink),
        lambda: client.acknowledge(SHIPMENT),
    ):
        with pytest.raises(TemporaryError):
            ask()
    assert len(signed_in.observer.intents) == 2


def test_a_call_that_is_held_back_says_so_and_says_how_long(signed_in):
    signed_in.script(busy(3600))
    client = signed_in.client()
    with pytest.raises(TemporaryError):
        client.list_shipments()
    signed_in.clock.sleep(600)
    with pytest.raises(TemporaryError, match=r"^muster: .* 3000 more seconds.*nothing was sent") as caught:
        client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert caught.value.retry_after == 3000
    assert len(signed_in.insurer.served) == len(signed_in.observer.intents) == 2


def test_once_the_rest_is_over_calls_leave_again(signed_in):
    signed_in.script(busy(3600), token_answer(), answer(message("50")))
    client = signed_in.client()
    with pytest.raises(TemporaryError):
        client.list_shipments()
    signed_in.clock.sleep(3600)
    assert client.acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED


def test_a_login_that_is_held_back_is_no_attempt(house):
    house.script(busy(3600))
    client = house.client(most_retries=20)
    for _ in range(2):
        with pytest.raises(TemporaryError):
            client.login()
    assert house.gate.verdicts == [LoginVerdict.TEMPORARY]
    assert sum(house.clock.slept) == 0


def test_an_acknowledgement_that_is_unclear_lets_the_others_rest_too(signed_in):
    signed_in.script(busy(3600))
    client = signed_in.client()
    assert client.acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR
    with pytest.raises(TemporaryError, match="nothing was sent"):
        client.acknowledge(SHIPMENT)
    assert len(signed_in.observer.of(Operation.ACKNOWLEDGE)) == 1


def test_a_rest_within_the_budget_is_waited_for_by_every_call(signed_in):
    signed_in.script(busy(100), answer(message("32")))
    client = signed_in.client(most_retries=1)
    assert client.acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR
    assert client.list_shipments().shipments == ()
    assert sum(signed_in.clock.slept) == 100


def test_the_session_is_not_ended_while_the_insurer_rests(house):
    house.script(token_answer(), busy(3600))
    client = house.client({"sts_cancels": True})
    with pytest.raises(TemporaryError):
        client.list_shipments()
    client.close()
    assert len(house.insurer.served) == len(house.observer.intents) == 2


def test_what_an_answer_of_success_says_of_it_holds_nothing_back(signed_in):
    signed_in.script(answer(message("32"), Retry_After="3600"), answer(message("32")))
    client = signed_in.client()
    client.list_shipments()
    client.list_shipments()
    assert len(signed_in.insurer.served) == 3


def test_without_a_connection_there_is_no_rest(signed_in):
    client = signed_in.client()
    client.login()
    signed_in.insurer.close()
    for _ in range(2):
        with pytest.raises(UnreachableError):
            client.list_shipments()

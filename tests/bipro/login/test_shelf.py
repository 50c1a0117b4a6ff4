"""What an account's services share of its tokens, and what ends them."""

import pytest

from bipro_sync.bipro import TokenShelf
from bipro_sync.bipro.login.session import Session
from bipro_sync.bipro.login.shelf import MOST_ENDED, Slot, Token
from bipro_sync.model.ports import Operation

from ..fixtures import answer, message, token_answer


LISTED = answer(message("30"))


def token(number):
    return Token(Session(None, None), float(number), None)


def test_clients_of_one_account_on_one_shelf_log_in_once(house):
    shelf = TokenShelf()
    house.script(token_answer(), LISTED, LISTED)
    for _ in range(2):
        client = house.client(shelf=shelf)
        client.list_shipments()
        client.close(keep_session=True)
    assert len(house.gate.attempts) == 1


def test_the_last_client_ends_the_session_that_the_first_one_began(house):
    shelf = TokenShelf()
    house.script(token_answer(), LISTED, answer(message("13")))
    first, last = (house.client({"sts_cancels": True}, shelf=shelf) for _ in range(2))
    first.list_shipments()
    first.close(keep_session=True)
    assert house.observer.of(Operation.CANCEL) == []
    last.close()
    assert len(house.observer.of(Operation.CANCEL)) == 1


@pytest.mark.parametrize("other", [("zweites", ""), ("muster", "dienst")], ids=["another account", "another service"])
def test_neither_accounts_nor_services_are_mixed_up(other):
    shelf = TokenShelf()
    slot = shelf.slot("muster", "")
    slot.token = token(1)
    assert shelf.slot("muster", "") is slot
    assert shelf.slot(*other).token is None


def test_of_the_sessions_that_were_renewed_the_latest_are_kept_for_their_end():
    slot = Slot()
    for number in range(2 * MOST_ENDED):
        slot.put_away()
        slot.token = token(number)
    assert [each.renew_at for each in slot.take_all()] == [7.0, 6.0, 5.0, 4.0][:MOST_ENDED]
    assert slot.take_all() == []

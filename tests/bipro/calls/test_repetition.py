from __future__ import annotations

import pytest

from bipro_sync.bipro.calls.call import RefusedCertificateError
from bipro_sync.bipro.calls.pause import Pause, never
from bipro_sync.bipro.calls.repetition import LONGEST_WAIT, MOST_OF_ONE, MOST_WAITING, PassingError, Repetition
from bipro_sync.errors import (
    BreakerOpenError,
    FaultError,
    FramingError,
    LoginRefusedError,
    LoginUnknownError,
    NotOkError,
    ProtocolError,
    StorageError,
    TemporaryError,
    UnreachableError,
)
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome
from bipro_sync.model.shipment import AckVerdict

from ..fixtures import SHIPMENT, answer, message, mtom_answer, token_answer
from ..insurer import reset, silence
from ..recorders import Clock


class Work:
    """Something that fails with each error in turn, and then succeeds."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.made = 0

    def __call__(self):
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def busy(retry_after=None):
    return TemporaryError("busy", retry_after=retry_after)


def gone(*, sent):
    return UnreachableError("gone", sent=sent)


@pytest.fixture
def clock():
    return Clock()


def repetition(clock, most=20, stop=never):
    return Repetition(most, pause=Pause(stop, clock.sleep))


@pytest.mark.parametrize("error", [busy(), gone(sent=False), gone(sent=True)], ids=["busy", "not sent", "broke"])
def test_what_passes_is_repeated(clock, error):
    work = Work(error, error)
    assert repetition(clock).run(work) == "done"
    assert work.made == 3


@pytest.mark.parametrize(
    "error",
    [
        LoginRefusedError("no"),
        LoginUnknownError("?"),
        BreakerOpenError("shut"),
        FaultError("fault"),
        NotOkError("nok"),
        ProtocolError("html"),
        FramingError("cut"),
        StorageError("full"),
        RefusedCertificateError("no", sent=True),
        ValueError("a bug"),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_everything_else_stands_at_once(clock, error):
    work = Work(error)
    with pytest.raises(type(error)):
        repetition(clock).run(work)
    assert work.made == 1
    assert not clock.slept


def test_the_waits_grow_from_one_second_and_scatter(clock):
    with pytest.raises(TemporaryError):
        repetition(clock).run(Work(*[busy()] * 9))
    least = 1 + 2 + 4 + 8 + 16 + 30
    assert least < sum(clock.slept) < 1.5 * least


def test_one_call_is_repeated_so_often_and_no_more(clock):
    work = Work(*[busy()] * 9)
    with pytest.raises(TemporaryError):
        repetition(clock).run(work)
    assert work.made == 1 + MOST_OF_ONE


@pytest.mark.parametrize("asked", [0, 7.5, 299, LONGEST_WAIT])
def test_the_rest_that_the_insurer_asks_for_is_given_up_to_five_minutes(clock, asked):
    repetition(clock).run(Work(busy(asked)))
    assert sum(clock.slept) == asked


@pytest.mark.parametrize("asked", [LONGEST_WAIT + 1, 86400])
def test_nothing_is_repeated_earlier_than_the_insurer_asks_for(clock, asked):
    with pytest.raises(TemporaryError):
        repetition(clock).run(Work(busy(asked)))
    assert not clock.slept


def test_an_error_that_only_its_circumstances_make_passing_is_repeated_and_stands_as_itself(clock):
    work = Work(PassingError(FaultError("no code"), 40), PassingError(FaultError("last"), 400))
    with pytest.raises(FaultError, match="last"):
        repetition(clock).run(work)
    assert work.made == 2
    assert sum(clock.slept) == 40


def test_all_calls_share_one_number_of_repetitions(clock):
    budget = repetition(clock, most=3)
    budget.run(Work(busy(), busy()))
    work = Work(busy(), busy())
    with pytest.raises(TemporaryError):
        budget.run(work)
    assert work.made == 2
    with pytest.raises(TemporaryError):
        budget.run(Work(busy()))


def test_all_calls_share_ten_minutes_of_waiting(clock):
    budget = repetition(clock)
    budget.run(Work(busy(290), busy(290)))
    with pytest.raises(TemporaryError):
        budget.run(Work(busy(290)))
    assert sum(clock.slept) == 580
    budget.run(Work(busy(20)))
    assert sum(clock.slept) == MOST_WAITING == 600
    with pytest.raises(TemporaryError):
        budget.run(Work(busy()))


def test_nothing_is_repeated_once_an_end_is_made(clock):
    budget = repetition(clock)
    budget.end()
    with pytest.raises(TemporaryError):
        budget.run(Work(busy()))
    assert not clock.slept


def test_the_wish_to_stop_ends_the_wait_soon_and_the_error_stands(clock):
    work = Work(busy(300))
    with pytest.raises(TemporaryError, match="busy"):
        repetition(clock, stop=lambda: sum(clock.slept) >= 2).run(work)
    assert work.made == 1
    assert sum(clock.slept) == 2


def test_a_repetition_says_nothing_on_its_own(clock, capfd):
    repetition(clock).run(Work(busy(), gone(sent=False)))
    assert capfd.readouterr() == ("", "")


PASSING = {
    "503": answer(b"", status=503, content_type=""),
    "502": answer(b"", status=502, content_type=""),
    "504": answer(b"", status=504, content_type=""),
    "429": answer(b"", status=429, content_type=""),
    "00940": answer(message("09"), status=500),
    "silence": silence,
    "reset": reset,
}


@pytest.mark.parametrize("trouble", PASSING)
def test_a_list_is_repeated_after_a_trouble_that_passes(signed_in, trouble):
    signed_in.script(PASSING[trouble], answer(message("32")))
    assert signed_in.client(most_retries=1).list_shipments().shipments == ()
    assert [intent.exchange for intent in signed_in.observer.intents] == ["auth", "list", "list"]
    first, second = signed_in.observer.of(Operation.LIST)
    assert first.outcome is not Outcome.OK
    assert second.outcome is Outcome.OK
    assert sum(signed_in.clock.slept) >= 1


@pytest.mark.parametrize("trouble", PASSING)
def test_a_trouble_that_lasts_stands_when_the_budget_is_used_up(signed_in, trouble):
    signed_in.script(*[PASSING[trouble]] * 3)
    with pytest.raises((TemporaryError, UnreachableError)):
        signed_in.client(most_retries=2).list_shipments()
    assert len(signed_in.observer.of(Operation.LIST)) == 3


@pytest.mark.parametrize(
    "step",
    [
        answer(message("32")[:-80], length=len(message("32"))),
        answer(b"<html/>", content_type="text/html"),
        answer(message("61"), status=500),
        answer(message("34")),
    ],
    ids=["cut", "html", "fault", "nok"],
)
def test_an_answer_that_will_be_the_same_again_is_not_asked_for_again(signed_in, step):
    signed_in.script(step)
    with pytest.raises((ProtocolError, FaultError, NotOkError)):
        signed_in.client(most_retries=5).list_shipments()
    assert len(signed_in.insurer.served) == 2


@pytest.mark.parametrize("asked", ["120", "Mon, 02 Mar 2026 08:02:00 GMT"])
def test_a_rest_asked_for_in_a_header_is_given(signed_in, asked):
    busy = answer(b"", status=503, content_type="", Retry_After=asked)
    signed_in.script(busy, answer(message("32")))
    signed_in.client(most_retries=1).list_shipments()
    assert sum(signed_in.clock.slept) == 120


def test_the_error_that_stands_says_what_rest_was_asked_for(signed_in):
    signed_in.script(answer(message("09"), status=503, Retry_After="17"))
    with pytest.raises(TemporaryError) as caught:
        signed_in.client().list_shipments()
    assert caught.value.retry_after == 17


def test_a_fetch_that_broke_is_repeated_and_what_it_brought_is_forgotten(signed_in):
    whole = mtom_answer("70")

    def broken(connection):
        connection.sendall(whole[: whole.index(b"%PDF") + 10])
        reset(connection)

    signed_in.script(broken, whole)
    fetched = signed_in.client(most_retries=1).fetch(SHIPMENT, exchange="mail", sink=signed_in.sink)
    assert signed_in.sink.bytes_of(fetched.files[0].part).endswith(b"%%EOF\r\n")
    assert signed_in.sink.restarts == 1
    assert fetched.unreferenced == ()
    first, second = signed_in.observer.of(Operation.GET)
    assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, Outcome.OK)


def test_a_login_that_is_positively_temporary_is_repeated_and_the_gate_is_asked_each_time(house):
    house.script(PASSING["503"], PASSING["00940"], PASSING["429"], token_answer())
    house.client(most_retries=3).login()
    temporary, accepted = LoginVerdict.TEMPORARY, LoginVerdict.ACCEPTED
    assert house.gate.verdicts == [temporary, temporary, temporary, accepted]
    assert len(house.gate.attempts) == len(house.observer.of(Operation.ISSUE)) == 4


def test_a_login_without_a_connection_is_repeated_and_is_no_attempt(house):
    house.insurer.close()
    with pytest.raises(UnreachableError) as caught:
        house.client(most_retries=2).login()
    assert caught.value.sent is False
    assert house.gate.verdicts == [LoginVerdict.NOT_SENT] * 3
    assert [outcome.outcome for outcome in house.observer.of(Operation.ISSUE)] == [Outcome.NOT_SENT] * 3


@pytest.mark.parametrize("trouble", ["502", "504", "silence", "reset"])
def test_a_login_that_may_have_counted_is_never_repeated(house, trouble):
    house.script(PASSING[trouble])
    with pytest.raises(LoginUnknownError):
        house.client(most_retries=5).list_shipments()
    assert house.gate.verdicts == [LoginVerdict.UNKNOWN]


def test_a_refused_login_is_never_repeated(house):
    house.script(answer(message("07"), status=500))
    with pytest.raises(LoginRefusedError):
        house.client(most_retries=5).list_shipments()
    assert house.gate.verdicts == [LoginVerdict.REFUSED]


def test_a_shut_gate_is_asked_once(house):
    house.gate.shut = True
    with pytest.raises(BreakerOpenError):
        house.client(most_retries=5).login()
    assert not house.clock.slept


def test_an_acknowledgement_turned_away_as_one_too_many_is_repeated(signed_in):
    signed_in.script(PASSING["429"], answer(message("50")))
    assert signed_in.client(most_retries=1).acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED
    assert len(signed_in.observer.of(Operation.ACKNOWLEDGE)) == 2


def test_an_acknowledgement_turned_away_to_the_end_was_not_carried_out(signed_in):
    signed_in.script(PASSING["429"], PASSING["429"])
    with pytest.raises(TemporaryError):
        signed_in.client(most_retries=1).acknowledge(SHIPMENT)


@pytest.mark.parametrize("trouble", ["502", "503", "504", "00940", "silence", "reset"])
def test_an_acknowledgement_that_may_have_been_carried_out_is_never_repeated(signed_in, trouble):
    signed_in.script(PASSING[trouble])
    assert signed_in.client(most_retries=5).acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR
    assert len(signed_in.insurer.served) == 2
    assert not signed_in.clock.slept


def test_an_acknowledgement_without_a_connection_is_repeated(signed_in):
    client = signed_in.client(most_retries=2)
    client.login()
    signed_in.insurer.close()
    with pytest.raises(UnreachableError) as caught:
        client.acknowledge(SHIPMENT)
    assert caught.value.sent is False
    assert len(signed_in.observer.of(Operation.ACKNOWLEDGE)) == 3


def test_a_client_that_is_asked_to_stop_does_not_wait_for_the_end_of_a_rest(signed_in):
    signed_in.script(answer(b"", status=503, content_type="", Retry_After="300"))
    slept = signed_in.clock.slept
    with pytest.raises(TemporaryError):
        signed_in.client(most_retries=5, stop=lambda: len(slept) == 2).list_shipments()
    assert sum(slept) == 1


def test_after_two_refused_sessions_nothing_is_waited_for_in_vain(signed_in):
    expired = answer(message("60"), status=500)
    signed_in.script(expired, token_answer(), expired)
    client = signed_in.client(most_retries=5)
    with pytest.raises(FaultError):
        client.list_shipments()
    with pytest.raises(UnreachableError):
        client.list_shipments()
    assert not signed_in.clock.slept

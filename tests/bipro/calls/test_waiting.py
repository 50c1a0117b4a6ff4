import pytest

from bipro_sync.bipro.calls.pause import Pause
from bipro_sync.bipro.calls.repetition import Repetition
from bipro_sync.bipro.client import BiproClient
from bipro_sync.bipro.wire import PasswordLogin
from bipro_sync.errors import FaultError, TemporaryError
from bipro_sync.model.secret import Secret

from ..fixtures import answer, message
from ..recorders import Clock


BUSY = answer(b"", status=503, content_type="", Retry_After="7")


class Told(list):
    """The waits that were told, each with what had been slept before it."""

    def __init__(self, slept):
        self.slept = slept

    def __call__(self, seconds):
        self.append((seconds, sum(self.slept)))


def failing(error):
    raise error


def client_of(house, told):
    client = BiproClient(
        house.connection(most_retries=5),
        PasswordLogin("MAKLER-0815", Secret("erfunden")),
        observer=house.observer,
        gate=house.gate,
        clock=house.clock,
        waiting=told,
        sleep=house.clock.sleep,
    )
    house.clients.append(client)
    return client


def test_each_wait_is_told_before_it_begins_and_each_repetition_is_counted(signed_in):
    told = Told(signed_in.clock.slept)
    signed_in.script(BUSY, BUSY, answer(message("32")))
    client = client_of(signed_in, told)
    client.list_shipments()
    assert told == [(7, 0), (7, 7)]
    assert client.repeated == 2


def test_what_needs_no_repetition_is_none(signed_in):
    told = Told(signed_in.clock.slept)
    signed_in.script(answer(message("32")))
    client = client_of(signed_in, told)
    client.list_shipments()
    assert (told, client.repeated) == ([], 0)


@pytest.mark.parametrize("error", [TemporaryError("busy", retry_after=7), FaultError("no")])
def test_a_wait_that_does_not_begin_is_not_told(error):
    clock = Clock()
    told = Told(clock.slept)
    repetition = Repetition(5, pause=Pause(lambda: True, clock.sleep), waiting=told)
    with pytest.raises(type(error)):
        repetition.run(lambda: failing(error))
    assert (told, repetition.repeated) == ([], 0)


def test_a_wait_that_is_broken_off_is_no_repetition():
    clock = Clock()
    told = Told(clock.slept)
    repetition = Repetition(5, pause=Pause(lambda: bool(clock.slept), clock.sleep), waiting=told)
    with pytest.raises(TemporaryError):
        repetition.run(lambda: failing(TemporaryError("busy", retry_after=7)))
    assert (told, repetition.repeated) == ([(7, 0)], 0)

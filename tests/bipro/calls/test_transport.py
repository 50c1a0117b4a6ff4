from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from bipro_sync.bipro.calls.request import Request
from bipro_sync.bipro.calls.unkept import Unkept
from bipro_sync.errors import UnreachableError
from bipro_sync.model.ports import Operation, Outcome
from bipro_sync.model.shipment import AckVerdict

from ..fixtures import SHIPMENT, answer, message, token_answer
from ..insurer import Hang, hanging_up, silence


@contextmanager
def at_once():
    """The block must end in a small part of the patience per read, which is ten seconds and more."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 5


class Mute:
    """Accepts connections in the kernel's queue, and never reads or says a word."""

    def __init__(self, receive_buffer=None):
        self.listener = socket.socket()
        if receive_buffer:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(5)
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def dripping(first, drop, fired):
    """Say *first*, then a drop every 20 ms for as long as anybody listens."""

    def drip(connection):
        with suppress(OSError):
            connection.sendall(first)
            while True:
                connection.sendall(drop)
                fired.set()
                time.sleep(0.02)

    return drip


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Drop: y\r\n"),
        (b"HTTP", b"/"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n", b" "),
    ],
    ids=["header lines", "status line", "body"],
)
def test_an_insurer_that_drips_is_left_at_the_calls_deadline(house_in_time, first, drop):
    house, fired = house_in_time, threading.Event()
    house.script(token_answer(), dripping(first, drop, fired))
    client = house.client(call_deadline=0.6, list_timeout=20)
    with at_once(), pytest.raises(UnreachableError, match=r"longer than the 0\.6 seconds") as caught:
        client.list_shipments()
    assert fired.is_set()
    assert caught.value.sent is True
    assert house.observer.of(Operation.LIST)[0].outcome is Outcome.UNKNOWN


def test_an_insurer_that_says_nothing_is_left_at_the_calls_deadline(house_in_time):
    hang = Hang()
    house_in_time.script(token_answer(), hang)
    with at_once(), pytest.raises(UnreachableError, match="longer than"):
        house_in_time.client(call_deadline=0.6, list_timeout=20).list_shipments()
    assert hang.reached.is_set()


def test_a_tls_handshake_that_is_never_answered_ends_with_the_call(house_in_time):
    with Mute() as mute:
        client = house_in_time.client(sts_url=f"https://127.0.0.1:{mute.port}/", call_deadline=0.3, connect_timeout=20)
        with at_once(), pytest.raises(UnreachableError, match="longer than") as caught:
            client.login()
    assert caught.value.sent is False


def test_a_connection_that_is_never_made_ends_with_the_call(house_in_time):
    with Mute() as full:
        full.listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", full.port))
        client = house_in_time.client(sts_url=f"http://127.0.0.1:{full.port}/", call_deadline=0.3, connect_timeout=20)
        with at_once(), pytest.raises(UnreachableError, match="longer than") as caught:
            client.login()
        for each in waiting:
            each.close()
    assert caught.value.sent is False


def test_a_request_that_nobody_reads_ends_with_the_call(house_in_time):
    with Mute(receive_buffer=4096) as mute:
        url = f"http://127.0.0.1:{mute.port}/"
        request = Request(Operation.LIST, "transfer", url, "urn:x", bytes(32 << 20), "0" * 64, {})
        line = house_in_time.line(call_deadline=0.4, list_timeout=20)
        with (
            at_once(),
            pytest.raises(UnreachableError, match="longer than") as caught,
            line.call(request, exchange="list") as call,
        ):
            call.send(Unkept())
    assert caught.value.sent is True


def paced(clock, seconds):
    """Send a list in pieces of a hundred bytes, one in so many seconds, none before the client waits for it."""

    def send(connection):
        body = message("30")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        with suppress(OSError):
            for begin in range(0, len(body), 100):
                clock.seconds += seconds
                looks = clock.looks
                connection.sendall(body[begin : begin + 100])
                until = time.monotonic() + 1
                while clock.looks < looks + 2 and time.monotonic() < until:
                    time.sleep(0.001)

    return send


def test_an_answer_slower_than_the_minimum_rate_is_left_after_the_grace(signed_in):
    clock = signed_in.clock
    signed_in.script(paced(clock, 5))
    begun = clock.seconds
    with pytest.raises(UnreachableError, match="slower than 40 bytes a second") as caught:
        signed_in.client(minimum_rate=40).list_shipments()
    assert caught.value.sent is True
    assert 30 < clock.seconds - begun <= 45


@pytest.mark.parametrize(("seconds", "minimum_rate"), [(5, 10), (1, 1 << 20), (100, 0)], ids=["fast", "short", "any"])
def test_an_answer_that_is_fast_enough_or_short_is_read_to_its_end(signed_in, seconds, minimum_rate):
    signed_in.script(paced(signed_in.clock, seconds))
    client = signed_in.client(minimum_rate=minimum_rate, call_deadline=5000)
    assert len(client.list_shipments().shipments) == 3


KEPT = {"Connection": "keep-alive"}


def test_all_calls_of_a_client_share_one_connection(house):
    house.script(answer(message("04"), **KEPT), *[answer(message("32"), **KEPT)] * 9, answer(message("50"), **KEPT))
    client = house.client()
    for _ in range(9):
        client.list_shipments()
    assert client.acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED
    assert len(house.insurer.served) == 11
    assert house.insurer.connections == 1


def test_threads_use_connections_again_too(house):
    house.script(answer(message("04"), **KEPT), *[answer(message("32"), **KEPT)] * 12)
    client = house.client()
    client.login()
    threads = [threading.Thread(target=lambda: [client.list_shipments() for _ in range(4)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(house.insurer.served) == 13
    assert house.insurer.connections <= 3


def test_no_call_is_lost_on_a_connection_that_the_insurer_has_closed_meanwhile(house):
    house.script(
        answer(message("04"), **KEPT),
        hanging_up(answer(message("32"), **KEPT)),
        hanging_up(answer(message("50"), **KEPT)),
        answer(message("50"), **KEPT),
    )
    client = house.client()
    client.list_shipments()
    for _ in range(2):
        house.insurer.wait_until_hung_up()
        assert client.acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED
    assert house.insurer.connections == 3
    assert len(house.insurer.served) == len(house.observer.intents) == 4


def test_a_connection_that_dies_under_an_acknowledgement_leaves_it_unclear_and_is_not_tried_again(house):
    house.script(answer(message("04"), **KEPT), answer(message("32"), **KEPT), silence)
    client = house.client(most_retries=5)
    client.list_shipments()
    assert client.acknowledge(SHIPMENT).verdict is AckVerdict.UNCLEAR
    assert len(house.insurer.served) == 3


def test_a_connection_that_dies_under_a_list_costs_one_repetition(house):
    house.script(answer(message("04"), **KEPT), silence, answer(message("32"), **KEPT))
    assert house.client(most_retries=1).list_shipments().shipments == ()
    assert house.insurer.connections == 2
    assert len(house.observer.of(Operation.LIST)) == 2

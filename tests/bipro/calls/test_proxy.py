from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from bipro_sync.errors import ConfigurationError, UnreachableError
from bipro_sync.model.ports import LoginVerdict

from ..fixtures import PASSWORD, answer, message, token_answer
from ..insurer import Hang, silence


TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """Opens tunnels (RFC 9110, 9.3.6), and keeps all that it could read on the way."""

    def __init__(self, answer=TUNNEL):
        self.seen = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _serve(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        self.seen.append(head)
        if callable(self._answer):
            self._answer(connection)
        else:
            connection.sendall(self._answer)
        if self._answer != TUNNEL:
            connection.close()
            return
        host, port = head.split()[1].decode().split(":")
        onward = socket.create_connection((host, int(port)))
        self._start(self._relay, onward, connection)
        self._relay(connection, onward)

    def _relay(self, source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                self.seen.append(data)
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        target.close()


@pytest.fixture
def proxied():
    made = []

    def make(answer=TUNNEL):
        made.append(Proxy(answer))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_configured_proxy_opens_a_tunnel_and_reads_nothing(tls_house, authority, proxied):
    proxy = proxied()
    tls_house.script(token_answer(), answer(message("32")))
    client = tls_house.client(proxy=proxy.url, ca_file=str(authority.ca_file))
    assert client.list_shipments().shipments == ()
    client.close()
    place = f"127.0.0.1:{tls_house.insurer.port}"
    assert proxy.seen[0].startswith(f"CONNECT {place} HTTP/1.1\r\n".encode())
    assert len(tls_house.insurer.served) == 2
    read = b"".join(proxy.seen)
    assert len(read) > 2000
    for text in (PASSWORD, "MAKLER-0815", "POST", "/transfer"):
        assert text.encode() not in read


def test_what_stays_on_this_machine_never_goes_through_the_proxy(signed_in, proxied):
    proxy = proxied()
    signed_in.script(answer(message("32")))
    signed_in.client(proxy=proxy.url).list_shipments()
    assert len(signed_in.insurer.served) == 2
    assert not proxy.seen


REFUSALS = {
    "407": (b"HTTP/1.1 407 Ask Erika\r\nContent-Length: 0\r\n\r\n", "the proxy answered 407"),
    "502": (b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", "the proxy answered 502"),
    "silence": (silence, "No connection"),
    "garbage": (b"what?\r\n\r\n", "No connection"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_proxy_that_opens_no_tunnel_is_no_attempt_to_log_in(tls_house, authority, proxied, refusal):
    step, says = REFUSALS[refusal]
    proxy = proxied(step)
    with pytest.raises(UnreachableError, match=says) as caught:
        tls_house.client(proxy=proxy.url, ca_file=str(authority.ca_file)).login()
    assert caught.value.sent is False
    assert "Erika" not in caught.value.message
    assert len(proxy.seen) == 1
    assert not tls_house.insurer.served
    assert tls_house.gate.verdicts == [LoginVerdict.NOT_SENT]


def test_a_proxy_that_says_nothing_is_left_in_time(tls_house, authority, proxied):
    hang = Hang()
    proxy = proxied(hang)
    with pytest.raises(UnreachableError) as caught:
        tls_house.client(proxy=proxy.url, ca_file=str(authority.ca_file), sts_timeout=0.2).login()
    assert caught.value.sent is False
    assert hang.reached.is_set()


def test_a_proxy_that_is_not_there_is_not_gone_round(tls_house, authority, proxied):
    proxy = proxied()
    proxy.close()
    with pytest.raises(UnreachableError) as caught:
        tls_house.client(proxy=proxy.url, ca_file=str(authority.ca_file)).login()
    assert caught.value.sent is False
    assert tls_house.insurer.connections == 0


@pytest.mark.parametrize(
    "url", ["proxy.example:3128", "socks5://127.0.0.1:1", "http://", "http://u:secret@127.0.0.1:1"]
)
def test_a_proxy_that_cannot_be_used_is_refused_at_once(house, url):
    with pytest.raises(ConfigurationError, match="A proxy's address") as caught:
        house.client(proxy=url)
    assert "secret" not in str(caught.value)

from __future__ import annotations

import socket
import ssl
import threading

import pytest

from bipro_sync.bipro.calls.call import RefusedCertificateError
from bipro_sync.bipro.calls.request import Request
from bipro_sync.bipro.calls.unkept import Unkept
from bipro_sync.errors import UnreachableError
from bipro_sync.model.ports import Operation, Outcome

from ..conftest import House
from ..fixtures import answer, message
from .conftest import Authority


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


class Doorkeeper:
    """Asks one connection for a client certificate, and sees to it that its alert arrives."""

    def __init__(self, context):
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/sts"
        self.refusals = []
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def _keep(self):
        connection, _ = self._listener.accept()
        connection.settimeout(10)
        tls = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            tls.do_handshake()
        except ssl.SSLError as error:
            self.refusals.append(error.reason)
        # A socket closed over unread bytes resets the connection, and the alert would be lost on its way.
        with socket.socket(fileno=tls.detach()) as raw:
            raw.settimeout(10)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(65536):
                pass

    def close(self):
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def doorkeeper(authority, tmp_path):
    made = []

    def make(version):
        made.append(Doorkeeper(authority.server(tmp_path, version=version, ask=True)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def line(house, authority):
    """A line that trusts the authority and shows the certificate given."""
    return lambda certificate=None: house.line(certificate=certificate, ca_file=str(authority.ca_file))


class Stranger(Authority):
    """An authority that no server here knows."""

    name = "invented stranger"


@pytest.fixture
def certificates(authority, tmp_path):
    return {"expired": authority.issue(days=-1), "a stranger's": Stranger(tmp_path).issue()}


def ask(line, url):
    request = Request(Operation.ISSUE, "sts", url, "urn:x", b"<invented/>", "0" * 64, {})
    with line.call(request, exchange="auth") as call:
        return call.send(Unkept())


@VERSIONS
def test_a_certificate_is_shown_to_a_server_that_asks_for_one(authority, tmp_path, version):
    house = House(authority.server(tmp_path, version=version, ask=True))
    house.script(answer(message("32")))
    line = house.line(certificate=authority.issue(), ca_file=str(authority.ca_file))
    assert ask(line, house.insurer.url("/sts")).positive
    house.close()


@VERSIONS
@pytest.mark.parametrize(("whose", "alert"), [("a stranger's", "UNKNOWN_CA"), ("expired", "CERTIFICATE_EXPIRED")])
def test_an_alert_refuses_the_certificate(doorkeeper, line, certificates, version, whose, alert):  # noqa: PLR0917 - fixtures
    keeper = doorkeeper(version)
    with pytest.raises(RefusedCertificateError, match=f"refuses the client certificate .*{alert}") as caught:
        ask(line(certificates[whose]), keeper.url)
    assert caught.value.sent is True
    keeper.close()
    assert keeper.refusals == ["CERTIFICATE_VERIFY_FAILED"]


def test_a_server_that_demands_a_certificate_where_none_is_set_says_so(house, doorkeeper, line):
    keeper = doorkeeper(ssl.TLSVersion.TLSv1_3)
    with pytest.raises(RefusedCertificateError, match="demands a client certificate, and none is set"):
        ask(line(), keeper.url)
    keeper.close()
    assert keeper.refusals == ["PEER_DID_NOT_RETURN_A_CERTIFICATE"]
    assert house.observer.of(Operation.ISSUE)[0].outcome is Outcome.UNKNOWN


def test_a_handshake_that_fails_without_a_certificate_of_ours_is_no_connection(doorkeeper, line):
    keeper = doorkeeper(ssl.TLSVersion.TLSv1_2)
    with pytest.raises(UnreachableError, match="HANDSHAKE_FAILURE") as caught:
        ask(line(), keeper.url)
    assert not isinstance(caught.value, RefusedCertificateError)
    assert caught.value.sent is False
    keeper.close()
    assert keeper.refusals == ["PEER_DID_NOT_RETURN_A_CERTIFICATE"]

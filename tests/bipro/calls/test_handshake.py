import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bipro_sync.bipro.calls.handshake import shake_hands
from bipro_sync.errors import UnreachableError

from ...certificates import NOW, certified, server_tls


SOON = NOW + timedelta(days=9)


@contextmanager
def serving(context=None, *, silent=False, tunnel=None):
    """A server on loopback that shakes hands and says nothing; yields its port and what was read."""
    read, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            connection, _ = listener.accept()
            with connection:
                if tunnel is not None:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        head += connection.recv(1024)
                    read.append(head)
                    connection.sendall(tunnel)
                if silent:
                    while connection.recv(1024):
                        pass
                elif context:
                    with context.wrap_socket(connection, server_side=True) as stream:
                        read.append(stream.recv(1024))
        except (OSError, ssl.SSLError):
            pass

    worker = threading.Thread(target=serve)
    worker.start()
    try:
        yield listener.getsockname()[1], read
    finally:
        listener.close()
        worker.join()


@pytest.fixture
def authority(tmp_path):
    issuer = certified("Erfundene CA", end=NOW + timedelta(days=400))
    path = tmp_path / "ca.pem"
    path.write_bytes(issuer.pem)
    return issuer, str(path)


def test_the_chain_and_its_end_are_told_and_nothing_is_sent(tmp_path, authority):
    issuer, ca_file = authority
    with serving(server_tls(tmp_path, certified("bipro.erfunden.example", issuer, end=SOON))) as (port, read):
        found = shake_hands(f"https://127.0.0.1:{port}/sts", ca_file=ca_file)
    assert [(link.subject, link.issuer) for link in found.chain] == [
        ("bipro.erfunden.example", "Erfundene CA"),
        ("Erfundene CA", "Erfundene CA"),
    ]
    assert (found.protocol, found.ends) == ("TLSv1.3", SOON)
    assert read == [b""]


def test_who_is_not_trusted_is_not_reached(tmp_path):
    with (
        serving(server_tls(tmp_path, certified("nobody"))) as (port, _),
        pytest.raises(UnreachableError, match="not trusted") as caught,
    ):
        shake_hands(f"https://127.0.0.1:{port}/sts")
    assert "ca_file" in caught.value.hint


def test_a_server_that_demands_a_certificate_is_there_all_the_same(tmp_path, authority):
    issuer, ca_file = authority
    context = server_tls(tmp_path, certified("one", issuer), asking=issuer, version=ssl.TLSVersion.TLSv1_2)
    with serving(context) as (port, _):
        assert shake_hands(f"https://127.0.0.1:{port}/", ca_file=ca_file).demands_certificate


def test_a_server_that_says_nothing_is_given_up(tmp_path):
    with serving(silent=True) as (port, _), pytest.raises(UnreachableError, match="does not answer"):
        shake_hands(f"https://127.0.0.1:{port}/", seconds=0.2)


def test_nobody_there_is_said_without_a_word_of_the_system_s_own(authority):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(UnreachableError, match=r"^127\.0\.0\.1 cannot be reached: Connection refused\.$") as caught:
        shake_hands(f"https://127.0.0.1:{port}/")
    assert "firewall" in caught.value.hint


def test_a_proxy_is_asked_for_a_tunnel_and_the_handshake_goes_through_it(tmp_path, authority):
    issuer, ca_file = authority
    context = server_tls(tmp_path, certified("one", issuer))
    with serving(context, tunnel=b"HTTP/1.1 200 Connection established\r\n\r\n") as (port, read):
        found = shake_hands("https://127.0.0.1:4711/", ca_file=ca_file, proxy=f"http://127.0.0.1:{port}")
    assert found.chain
    assert read[0].startswith(b"CONNECT 127.0.0.1:4711 HTTP/1.1\r\n")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"\r\n\r\n"])
def test_a_proxy_that_refuses_is_told_of(answer):
    with (
        serving(tunnel=answer) as (port, _),
        pytest.raises(UnreachableError, match="the proxy does not connect us"),
    ):
        shake_hands("https://127.0.0.1:4711/", proxy=f"http://127.0.0.1:{port}")

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bipro_sync.bipro.calls.tls import tls_context
from bipro_sync.bipro.certificate import ClientCertificate
from bipro_sync.errors import ConfigurationError

from ...certificates import PASSPHRASE, certified, ec_key, packed, rsa_key, server_tls


@pytest.fixture(scope="module")
def authority():
    return certified("authority")


@pytest.fixture
def ca_file(tmp_path, authority):
    path = tmp_path / "ca.pem"
    path.write_bytes(authority.pem)
    return str(path)


class Server:
    """A TLS server for one connection; says whose certificate it was shown, before and after one byte was read."""

    def __init__(self, context):
        self.context = context
        self.asks_later = False
        self.shown = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with suppress(OSError):
            plain, _ = self._listener.accept()
            plain.settimeout(10)
            with plain, self.context.wrap_socket(plain, server_side=True) as connection:
                self.shown.append(connection.getpeercert(binary_form=True))
                connection.recv(1)
                if self.asks_later:
                    connection.verify_client_post_handshake()
                    connection.sendall(b"?")
                    connection.recv(1)
                    self.shown.append(connection.getpeercert(binary_form=True))
                connection.sendall(b"!")

    def talk(self, context, name="127.0.0.1"):
        """Connects, exchanges a few bytes, and returns the TLS version."""
        with (
            socket.create_connection(self._listener.getsockname(), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=name) as connection,
        ):
            connection.sendall(b"a")
            if connection.recv(1) == b"?":
                connection.sendall(b"b")
                connection.recv(1)
            return connection.version()

    def close(self):
        self._thread.join(15)
        self._listener.close()
        assert not self._thread.is_alive()


@pytest.fixture
def serve(tmp_path, authority):
    servers = []

    def _serve(holder=None, **options):
        servers.append(Server(server_tls(tmp_path, holder or certified("server", authority), **options)))
        return servers[-1]

    yield _serve
    for server in servers:
        server.close()


def _der(certificate):
    return certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("key", [ec_key, rsa_key])
def test_the_certificate_and_its_chain_are_shown_to_who_asks(serve, ca_file, authority, version, key):
    between = certified("between", authority)
    holder = certified("broker", between, key())
    server = serve(asking=authority, version=version)
    context = tls_context(ca_file, ClientCertificate(holder.certificate, holder.key, (between.certificate,)))
    assert server.talk(context) == version.name.replace("_", ".")
    assert server.shown == [_der(holder.certificate)]


def test_the_certificate_is_shown_to_a_server_that_asks_after_the_handshake(serve, ca_file, authority):
    holder = certified("broker", authority)
    server = serve(asking=authority, version=ssl.TLSVersion.TLSv1_3, demand=ssl.CERT_OPTIONAL)
    server.context.verify_mode = ssl.CERT_REQUIRED
    server.context.post_handshake_auth = True
    server.asks_later = True
    server.talk(tls_context(ca_file, ClientCertificate(holder.certificate, holder.key)))
    assert server.shown == [None, _der(holder.certificate)]


def test_without_a_certificate_none_is_shown(serve, ca_file, authority):
    server = serve(asking=authority, demand=ssl.CERT_OPTIONAL)
    server.talk(tls_context(ca_file, None))
    assert server.shown == [None]


def test_a_server_whose_issuer_nobody_trusts_is_refused(serve, ca_file):
    server = serve(certified("stranger"))
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed certificate"):
        server.talk(tls_context(ca_file, None))
    server = serve()
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate"):
        server.talk(tls_context("", None))


def test_an_authority_between_is_trusted_without_its_root_where_it_is_configured(serve, tmp_path, authority):
    between = certified("between", authority)
    server = serve(certified("server", between))
    path = tmp_path / "between.pem"
    path.write_bytes(between.pem)
    server.talk(tls_context(str(path), None))
    assert server.shown == [None]


def test_what_is_checked_of_a_chain_is_the_same_on_every_python(ca_file):
    flags = tls_context(ca_file, None).verify_flags
    # The invented authorities of these tests lack the key usage that a strict reading demands.
    assert not flags & ssl.VERIFY_X509_STRICT
    assert flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert tls_context(ca_file, None).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(ca_file, None).check_hostname


def test_a_server_of_another_name_is_refused(serve, ca_file):
    server = serve()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        server.talk(tls_context(ca_file, None), name="insurer.example")


def test_a_server_that_knows_only_old_tls_is_refused(serve, ca_file):
    server = serve()
    server.context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        server.context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        server.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match=r"ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL"):
        server.talk(tls_context(ca_file, None))


def test_the_systems_certificates_are_trusted_beside_the_file_and_no_context_is_shared(ca_file):
    plain, more = tls_context("", None), tls_context(ca_file, None)
    assert len(more.get_ca_certs()) == len(plain.get_ca_certs()) + 1
    assert tls_context("", None) is not plain


@pytest.mark.parametrize("content", [None, b"", b"garbage"])
def test_a_ca_file_that_cannot_be_used_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"The CA file .*ca\.pem cannot be used"):
        tls_context(str(tmp_path / "ca.pem"), None)


def test_a_key_too_short_for_tls_is_refused_without_naming_whose_it_is():
    holder = certified("Erika Beispiel", key=rsa_key(1024))
    with pytest.raises(ConfigurationError, match="cannot be used for TLS: EE_KEY_TOO_SMALL") as caught:
        tls_context("", ClientCertificate(holder.certificate, holder.key))
    assert "Erika" not in f"{caught.value} {caught.value.hint}"


LOAD = """
import os, sys
sys.dont_write_bytecode = True
from pathlib import Path
from bipro_sync.bipro.calls.tls import tls_context
from bipro_sync.bipro.pkcs12 import load_pkcs12
from bipro_sync.model.secret import Secret
data = Path(sys.argv[1]).read_bytes()
tls_context("", None)
descriptors, mappings = os.listdir("/proc/self/fd"), Path("/proc/self/maps").read_text()
context = tls_context("", load_pkcs12(data, Secret(sys.argv[2])))
assert os.listdir("/proc/self/fd") == descriptors
assert "memfd" not in Path("/proc/self/maps").read_text()
"""


def test_no_key_is_ever_written_to_a_file_nor_left_open(traced, tmp_path):
    path = tmp_path / "broker.p12"
    path.write_bytes(packed(certified("broker")))
    options = ["-e", "trace=open,openat,openat2,creat,memfd_create,write,pwrite64,writev,sendfile,link,linkat,rename"]
    trace = traced(LOAD, str(path), PASSPHRASE, options=options)
    assert [arguments for name, arguments, _ in trace.calls if name == "memfd_create"] == [
        '"client-certificate", MFD_CLOEXEC'
    ]
    written = [arguments for name, arguments, _ in trace.calls if "write" in name]
    assert any("memfd:client-certificate" in each and "BEGIN ENCRYPTED PRIVATE KEY" in each for each in written)
    assert not [each for each in written if "memfd:client-certificate" not in each]
    assert not [each for each in written if "PRIVATE KEY" in each.replace("ENCRYPTED PRIVATE KEY", "")]
    opened = [(name, arguments) for name, arguments, _ in trace.calls if name.startswith("open") or name == "creat"]
    assert opened
    assert not [each for each in opened if any(word in each[1] for word in ("O_WRONLY", "O_RDWR", "O_CREAT"))]
    assert not [name for name, _, _ in trace.calls if name in {"link", "linkat", "rename", "sendfile", "creat"}]


def _descriptors():
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_a_descriptor_of_the_memory_is_gone_after_a_failure_too():
    holder = certified("broker", key=rsa_key(1024))
    before = _descriptors()
    with pytest.raises(ConfigurationError):
        tls_context("", ClientCertificate(holder.certificate, holder.key))
    assert _descriptors() == before

"""A throw-away authority, the certificates it issues, and an insurer that answers over TLS."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bipro_sync.bipro import ClientCertificate

from ..conftest import House


class Authority:
    """Issues certificates for this machine; its own is in *ca_file*."""

    name = "invented test CA"

    def __init__(self, folder):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        own = self._signed(self._name, self._key, authority=True, days=1)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(self, *, days=1):
        """A certificate that ends in so many days; below 0 it has ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented holder")])
        return ClientCertificate(self._signed(name, key, authority=False, days=days), key)

    def server(self, folder, *, version=None, ask=False):
        """A server's context; *version* pins TLS, *ask* demands a client certificate of this authority."""
        issued = self.issue()
        chain, key = folder / "server.pem", folder / "server.key"
        chain.write_bytes(issued.certificate.public_bytes(serialization.Encoding.PEM))
        key.write_bytes(
            issued.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        if version is not None:
            context.minimum_version = context.maximum_version = version
        if ask:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca_file)
        return context

    def _signed(self, name, key, *, authority, days):
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=3))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls_house(authority, tmp_path):
    house = House(authority.server(tmp_path))
    yield house
    house.close()

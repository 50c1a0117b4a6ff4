"""An authority of our own and the certificates that it issues, for one check; nothing of it is trusted elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from bipro_sync.bipro.certificate import ClientCertificate


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Authority:
    """
    Issues certificates that are valid for a day around now; *file* is its own, as PEM.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Interop authority")
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._certificate(self._name, self._key, authority=True).public_bytes(Encoding.PEM))

    def client(self, key: Key) -> ClientCertificate:
        """
        Return a broker's certificate for *key*.
        """
        return ClientCertificate(self._certificate(_name("Interop broker"), key), key)

    def pkcs12(self, passphrase: str) -> Path:
        """
        Write a broker's certificate and its key into a PKCS#12 file.
        """
        client = self.client(rsa.generate_private_key(65537, 2048))
        file = self._folder / "client.p12"
        protection = BestAvailableEncryption(passphrase.encode())
        file.write_bytes(serialize_key_and_certificates(b"broker", client.key, client.certificate, None, protection))
        file.chmod(0o600)
        return file

    def server(self) -> Path:
        """
        Write a server's certificate for 127.0.0.1, and its key, into one PEM file.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        file = self._folder / "server.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + self._certificate(_name("127.0.0.1"), key).public_bytes(Encoding.PEM)
        )
        return file

    def _certificate(self, subject: x509.Name, key: Key, *, authority: bool = False) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(self._key, SHA256())
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

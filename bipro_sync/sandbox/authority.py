"""Makes a throw-away certification authority, its server's and clients' certificates; its own key is never written."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


CA_FILE = "ca.pem"
SERVER_FILE = "server.pem"
CLIENT_FILE = "client.p12"
LEGACY_FILE = "client-legacy.p12"
EXPIRED_FILE = "client-expired.p12"
FOREIGN_FILE = "client-foreign.p12"
FOREIGN_CA_FILE = "foreign-ca.pem"

_SERVER_FILES = (CA_FILE, SERVER_FILE)
_CLIENT_FILES = (CLIENT_FILE, LEGACY_FILE, EXPIRED_FILE, FOREIGN_FILE, FOREIGN_CA_FILE)

_YEAR = timedelta(days=365)
_DAY = timedelta(days=1)
_ROUNDS = 2048

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def prepare(directory: Path, passphrase: str | None) -> None:
    """
    Make the files that are missing in *directory*, mode 0600; without *passphrase* no clients' certificates.

    Where one is missing all are made anew, for the authority's key is gone.
    """
    wanted = _SERVER_FILES if passphrase is None else _SERVER_FILES + _CLIENT_FILES
    if all((directory / name).exists() for name in wanted):
        return
    authority = _Authority("bipro-sync practice insurer, throw-away CA")
    files = {SERVER_FILE: authority.server(), CA_FILE: authority.pem}
    if passphrase is not None:
        files |= _clients(authority, passphrase.encode())
    for name, data in files.items():
        _write(directory / name, data)


def issued(certificate: bytes, authority: bytes, serial: str, now: datetime) -> bool:
    """
    Say whether a certificate (DER) is of *authority* (PEM), valid at *now*, and the one of that serial if there is one.
    """
    try:
        found = x509.load_der_x509_certificate(certificate)
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except (ValueError, TypeError, InvalidSignature):
        return False
    in_time = found.not_valid_before_utc <= now <= found.not_valid_after_utc
    return in_time and (not serial or int(serial, 16) == found.serial_number)


class _Authority:
    """
    An authority with its key in memory only.
    """

    def __init__(self, name: str) -> None:
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = (
            self._begun(self._name, self._key, _YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = own
        self.pem = own.public_bytes(serialization.Encoding.PEM)

    def _begun(self, subject: x509.Name, key: _Key, left: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _YEAR if left < timedelta() else now - _DAY)
            .not_valid_after(now + left)
        )

    def _issue(self, builder: x509.CertificateBuilder, purpose: x509.ObjectIdentifier) -> x509.Certificate:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def server(self) -> bytes:
        """
        Return key and certificate for loopback.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
        begun = self._begun(_name("localhost"), key, _YEAR)
        begun = begun.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = self._issue(begun, ExtendedKeyUsageOID.SERVER_AUTH)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return secret + certificate.public_bytes(serialization.Encoding.PEM)

    def client(self, key: _Key, left: timedelta = _YEAR) -> x509.Certificate:
        """
        Return a client's certificate that is valid for *left* from now on.
        """
        return self._issue(self._begun(_name("MAKLER-0815"), key, left), ExtendedKeyUsageOID.CLIENT_AUTH)


def _clients(authority: _Authority, passphrase: bytes) -> dict[str, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    foreign_key, foreign = ec.generate_private_key(ec.SECP256R1()), _Authority("somebody else's throw-away CA")
    certificate = authority.client(key)
    modern = serialization.BestAvailableEncryption(passphrase)
    legacy = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303  what old files have
        .build(passphrase)
    )

    def packed(
        key: _Key, own: x509.Certificate, above: _Authority, locked: serialization.KeySerializationEncryption
    ) -> bytes:
        return pkcs12.serialize_key_and_certificates(b"practice", key, own, [above.certificate], locked)

    return {
        CLIENT_FILE: packed(key, certificate, authority, modern),
        LEGACY_FILE: packed(key, certificate, authority, legacy),
        EXPIRED_FILE: packed(key, authority.client(key, -_DAY), authority, modern),
        FOREIGN_FILE: packed(foreign_key, foreign.client(foreign_key), foreign, modern),
        FOREIGN_CA_FILE: foreign.pem,
    }


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)

"""Certificates of an invented authority, the PKCS#12 files they come in, and the TLS of servers that have them."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID


PASSPHRASE = "wort & <schatz> ä"
NOW = datetime.now(UTC).replace(microsecond=0)

MODERN = pkcs12.PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256()
LEGACY = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, hashes.SHA1()


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: object

    @property
    def pem(self):
        """The certificate alone, as a CA file holds it."""
        return self.certificate.public_bytes(Encoding.PEM)


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def certified(name, issuer=None, key=None, *, serial=None, begin=NOW - timedelta(days=1), end=NOW + timedelta(days=90)):
    """A certificate for *name* (and for loopback), by *issuer* or by itself."""
    key = key or ec_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer.certificate.subject if issuer else _named(name))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    return Holder(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def server_tls(folder, holder, *, asking=None, demand=ssl.CERT_REQUIRED, version=None):
    """The context of a server that is *holder*, and asks for client certificates of the authority *asking*."""
    pem = folder / "server.pem"
    pem.write_bytes(holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + holder.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if version:
        context.minimum_version = context.maximum_version = version
    if asking:
        context.verify_mode = demand
        context.load_verify_locations(cadata=asking.pem.decode())
    return context


def packed(holder, *others, passphrase=PASSPHRASE, protection=MODERN):
    """The PKCS#12 file of *holder*, with the certificates of *others* in it."""
    scheme, digest = protection
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000).key_cert_algorithm(scheme).hmac_hash(digest)
    return pkcs12.serialize_key_and_certificates(
        b"own",
        holder.key,
        holder.certificate,
        [other.certificate for other in others],
        builder.build(passphrase.encode()) if passphrase else NoEncryption(),
    )


def packed_without(key=None, *certificates):
    """A PKCS#12 file that lacks a key, or the certificate of its key."""
    return pkcs12.serialize_key_and_certificates(
        None, key, None, list(certificates), BestAvailableEncryption(PASSPHRASE.encode())
    )


def _named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

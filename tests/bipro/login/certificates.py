"""Certificates of an invented authority, made on the spot, and the TLS of a server that knows it."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bipro_sync.bipro import ClientCertificate


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""What the recorders' clock says."""

KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "authority": lambda: ec.generate_private_key(ec.SECP256R1()),
    "server": lambda: ec.generate_private_key(ec.SECP256R1()),
}


@cache
def key(kind):
    return KEYS[kind]()


def name(common):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def certificate(common, public, *, issuer, signer, begins=NOW - timedelta(days=1), days=9000, extension=None):
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name(issuer))
        .public_key(public)
        .serial_number(0x4711)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(signer, SHA256())


def client_certificate(kind="p-256", *, issuer="Erfunden", **life):
    made = certificate("Makler", key(kind).public_key(), issuer=issuer, signer=key("authority"), **life)
    return ClientCertificate(made, key(kind))


def server_tls(folder, *, version, demanded=True):
    """A server's context that demands a client certificate of our authority, whose own is in `ca.pem`."""
    life = {"issuer": "Erfunden", "signer": key("authority"), "begins": datetime(2020, 1, 1, tzinfo=UTC), "days": 36500}
    basic = x509.BasicConstraints(ca=True, path_length=None)
    authority = certificate("Erfunden", key("authority").public_key(), extension=basic, **life)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = certificate("Server", key("server").public_key(), extension=host, **life)
    (folder / "ca.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    secret = key("server").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(secret + server.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(folder / "server.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED if demanded else ssl.CERT_OPTIONAL
    return context

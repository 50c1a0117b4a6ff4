"""The TLS context of one account: whom it trusts, and the certificate it shows; a key never reaches a file system."""

from __future__ import annotations

import os
import secrets
import ssl

from ...errors import ConfigurationError
from ..certificate import ClientCertificate


def tls_context(ca_file: str, certificate: ClientCertificate | None) -> ssl.SSLContext:
    """
    Return a context for TLS 1.2 and above that checks chain and host name, and shows *certificate* to who asks.

    *ca_file* (PEM; empty: none) is trusted in addition to the system's certificates, whether it holds roots,
    intermediate authorities or a server's own certificate.  Each call makes a context of its
    own: the HTTP client writes into it, so two insurers must not share one.
    Raises :class:`ConfigurationError` where either cannot be used.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 changed both; an insurer's connection does not depend on the Python that makes it.
    context.verify_flags = context.verify_flags & ~ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"The CA file {ca_file} cannot be used: {error.strerror or error}.") from None
    if certificate:
        # Servers that ask for a certificate by path only do so after the handshake.
        context.post_handshake_auth = True
        try:
            _show(context, certificate)
        except ssl.SSLError as error:
            raise ConfigurationError(
                f"The client certificate {certificate.serial} cannot be used for TLS: {error.reason}.",
                hint="A key that is too short, or a signature that is out of date: have the insurer issue a new one.",
            ) from None
    return context


def _show(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    """
    Load certificate, key and chain.

    Python's `ssl` reads keys by path only, so they pass through anonymous memory that has no name in any file system,
    ends with this function, and holds the key encrypted with a passphrase that nobody else ever has.
    """
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - loaded with the certificate
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
    )

    passphrase = secrets.token_hex(32).encode()
    pem = certificate.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    for each in (certificate.certificate, *certificate.chain):
        pem += each.public_bytes(Encoding.PEM)
    with os.fdopen(os.memfd_create("client-certificate", os.MFD_CLOEXEC), "wb") as memory:
        memory.write(pem)
        memory.flush()
        context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}", password=passphrase)

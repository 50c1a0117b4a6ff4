"""Whom mail servers and webhooks are trusted to be: chain and host name are always checked."""

from __future__ import annotations

import ssl

from ..errors import AlertError


def tls_context(ca_file: str) -> ssl.SSLContext:
    """
    Return a context for TLS 1.2 and above; *ca_file* (PEM; empty: none) is trusted beside the system's certificates.

    Raises :class:`~bipro_sync.errors.AlertError` where it cannot be used.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 changed both; what is reached does not depend on the Python that asks.
    context.verify_flags = context.verify_flags & ~ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise AlertError(f"The CA file {ca_file} cannot be used: {error.strerror or error}.") from None
    return context


def reason_of(error: OSError) -> str:
    """
    Return why nothing was reached, in a few words that are not the other side's.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return error.strerror or type(error).__name__

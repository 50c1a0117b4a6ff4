"""The server's TLS; what of a client's certificate it lets pass, the service judges, never the other way round."""

from __future__ import annotations

import ssl
from pathlib import Path

from .authority import CA_FILE, FOREIGN_CA_FILE, SERVER_FILE, prepare
from .scenario import Scenario
from .words import Refuse, TlsVersion


_VERSIONS = {
    TlsVersion.ANY: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.MAXIMUM_SUPPORTED),
    TlsVersion.TLS_1_2: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    TlsVersion.TLS_1_3: (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
}
_EXPIRED_TOO = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the module ssl does not name."""


def secured(directory: Path, scenario: Scenario) -> tuple[ssl.SSLContext, bytes]:
    """
    Make what is missing in *directory* and return the TLS context and the authority's certificate (PEM).

    Where the service is to refuse wrong client certificates by HTTP, an expired and a foreign one, and none, pass here.
    """
    prepare(directory, scenario.certificates.passphrase if scenario.uses_certificates else None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _VERSIONS[scenario.http.tls]
    context.load_cert_chain(directory / SERVER_FILE)
    if scenario.demands_certificate:
        _ask_for_certificates(context, directory, scenario.certificates.refuse)
    return context, (directory / CA_FILE).read_bytes()


def _ask_for_certificates(context: ssl.SSLContext, directory: Path, refuse: Refuse) -> None:
    context.load_verify_locations(directory / CA_FILE)
    if refuse is Refuse.TLS:
        context.verify_mode = ssl.CERT_REQUIRED
        return
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= _EXPIRED_TOO
    context.load_verify_locations(directory / FOREIGN_CA_FILE)

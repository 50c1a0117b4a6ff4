"""A TLS handshake with an insurer's machine and nothing more: no request, no certificate, no login."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ...errors import UnreachableError
from .tls import tls_context


SECONDS = 5.0
"""How long each step may take: the name, the connection, the handshake."""

_LONGEST_ANSWER = 8192
_PORTS = {"https": 443, "http": 80}
_DISTRUSTED = (
    "Is this the right address?  A certification authority of the insurer's own belongs into ca_file; never send a "
    "password to a machine that is not trusted."
)
_AWAY = "Is the address right, as the insurer wrote it?  Does a firewall or a proxy stand between?"


@dataclass(frozen=True, slots=True)
class Link:
    """
    One certificate of the chain, by the names of whom it is for and who issued it; *not_after* is aware and in UTC.
    """

    subject: str
    issuer: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Handshake:
    """
    What came of it: the protocol (`TLSv1.3`; empty where the address is not encrypted), and the chain that was trusted,
    the server's own first; it is empty where the server breaks off for want of a client certificate.
    """

    protocol: str
    chain: tuple[Link, ...]
    demands_certificate: bool = False

    @property
    def ends(self) -> datetime | None:
        """
        When the first certificate of the chain ends; None without a chain.
        """
        return min((link.not_after for link in self.chain), default=None)


def shake_hands(url: str, *, ca_file: str = "", proxy: str = "", seconds: float = SECONDS) -> Handshake:
    """
    Connect to the machine of *url*, through *proxy* if there is one, and check its chain and name as a call would.

    Raises :class:`UnreachableError` where it is not reached or not trusted, and
    :class:`~bipro_sync.errors.ConfigurationError` where *ca_file* cannot be used.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    context = tls_context(ca_file, None)
    try:
        with _connected(host, port, proxy, seconds) as connection:
            if parts.scheme == "http":
                return Handshake("", ())
            with context.wrap_socket(connection, server_hostname=host) as stream:
                return Handshake(stream.version() or "", tuple(_links(_chain(stream))))
    except ssl.SSLCertVerificationError as error:
        sentence = f"{host} is not trusted: {error.verify_message}."
        raise UnreachableError(sentence, sent=False, hint=_DISTRUSTED) from None
    except ssl.SSLError as error:
        if _wants_certificate(error):
            return Handshake("", (), demands_certificate=True)
        raise UnreachableError(
            f"No TLS with {host}: {error.reason or 'it broke off'}.", sent=False, hint=_AWAY
        ) from None
    except OSError as error:
        reason = "it does not answer" if isinstance(error, TimeoutError) else error.strerror or "it broke off"
        raise UnreachableError(f"{host} cannot be reached: {reason}.", sent=False, hint=_AWAY) from None


def _connected(host: str, port: int, proxy: str, seconds: float) -> socket.socket:
    if not proxy:
        return socket.create_connection((host, port), seconds)
    parts = urlsplit(proxy)
    connection = socket.create_connection((parts.hostname or "", parts.port or _PORTS[parts.scheme]), seconds)
    try:
        if parts.scheme == "https":
            raise OSError(0, "a proxy that is encrypted itself is not asked for a handshake")
        _demand_tunnel(connection, host, port)
    except BaseException:
        connection.close()
        raise
    return connection


def _demand_tunnel(connection: socket.socket, host: str, port: int) -> None:
    """
    Have the proxy connect us (RFC 9110, section 9.3.6).
    """
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    connection.sendall(
        f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode("idna" if not host.isascii() else "ascii")
    )
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_ANSWER:
        # Byte by byte: what comes after the answer's head is the other side's handshake.
        more = connection.recv(1)
        if not more:
            break
        answer += more
    words = answer.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or words[1] != b"200":  # noqa: PLR2004 - protocol and status
        raise OSError(0, "the proxy does not connect us to it")


def _wants_certificate(error: ssl.SSLError) -> bool:
    return "CERTIFICATE_REQUIRED" in (error.reason or "") or "HANDSHAKE_FAILURE" in (error.reason or "")


def _chain(stream: ssl.SSLSocket) -> Iterable[bytes]:
    """
    Return the trusted chain as DER, the server's own certificate first.
    """
    found: Any
    if hasattr(stream, "get_verified_chain"):
        found = stream.get_verified_chain()
    else:
        # Public from Python 3.13 on; the versions before have it beneath.
        found = stream._sslobj.get_verified_chain()  # type: ignore[attr-defined] # noqa: SLF001 - see above
    return [each if isinstance(each, bytes) else _as_der(each) for each in found]


def _as_der(certificate: Any) -> bytes:
    pem: str = certificate.public_bytes()
    return ssl.PEM_cert_to_DER_cert(pem)


def _links(chain: Iterable[bytes]) -> Iterable[Link]:
    from cryptography import x509  # noqa: PLC0415 - it takes long to load

    for der in chain:
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = (_name(name) for name in (certificate.subject, certificate.issuer))
        yield Link(subject, issuer, certificate.not_valid_after_utc)


def _name(name: Any) -> str:
    """
    Return a certificate's name for people: its common name, or all of it.
    """
    from cryptography.x509.oid import NameOID  # noqa: PLC0415 - likewise

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value if common else name.rfc4514_string())

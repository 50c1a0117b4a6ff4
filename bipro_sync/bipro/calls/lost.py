"""Say what became of a call whose connection failed; doubt whether anything left is never resolved in our favour."""

from __future__ import annotations

import re
import ssl

import httpcore2

from ...errors import UnreachableError
from .transport import Deadline


FAILURES = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ProxyError)
"""What the transport raises where a connection fails."""

_NEVER_CONNECTED = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout, httpcore2.ProxyError)
_DISTRUSTED = (
    "The certificate has changed, or ca_file is missing or wrong.  Ask the insurer which authority signs it; "
    "never send a password before that is settled."
)
_DEMANDED = re.compile(r"ALERT_CERTIFICATE_REQUIRED$")
_REFUSED = re.compile(
    r"ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$"
)


class RefusedCertificateError(UnreachableError):
    """
    A TLS alert by which the server refuses the client certificate, or the want of one (RFC 8446, 6.2).
    """


def lost(error: Exception, *, left: bool, answered: bool, certified: bool, deadline: Deadline) -> UnreachableError:
    """
    Return our error for the transport's *error*.

    *left* says that the request's head was written, *answered* that the answer had begun.  *certified* says that the
    connection shows a client certificate: a handshake that succeeded has shown it, and then "nothing was sent" holds
    only where there was no handshake.
    """
    alert = _alert(error)
    if _DEMANDED.search(alert) or (certified and _REFUSED.search(alert)):
        shown = "refuses the client certificate" if certified else "demands a client certificate, and none is set"
        return RefusedCertificateError(f"The insurer {shown} ({alert}).", sent=True)
    never = isinstance(error, _NEVER_CONNECTED)
    sent = answered or (not never and (left or certified))
    if deadline.passed:
        return UnreachableError(f"The call took longer than the {deadline.seconds:g} seconds it may last.", sent=sent)
    if answered:
        broke = f"The connection broke while the answer was received ({type(error).__name__})."
        return UnreachableError(broke, sent=True)
    if sent:
        return UnreachableError(
            f"The insurer did not answer ({type(error).__name__}); the request had left.", sent=True
        )
    return UnreachableError(
        f"No connection to the insurer ({_reason(error)}); nothing was sent.",
        sent=False,
        hint=_DISTRUSTED if isinstance(_tls_error(error), ssl.SSLCertVerificationError) else None,
    )


def _reason(error: Exception) -> str:
    """
    Return what the operating system says, or the proxy's status; never a text that came over the wire.
    """
    if isinstance(error, httpcore2.ProxyError):
        return f"the proxy answered {str(error)[:3]}"
    said = str(error) if isinstance(error, (httpcore2.ConnectError, httpcore2.ConnectTimeout)) else ""
    return said or type(error).__name__


def _alert(error: Exception) -> str:
    """
    Return the TLS library's word for why a connection failed, empty where it was not TLS.
    """
    tls_error = _tls_error(error)
    return "" if tls_error is None else tls_error.reason or ""


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error

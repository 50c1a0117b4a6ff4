from __future__ import annotations

import ssl

import httpcore2
import pytest

from bipro_sync.bipro.calls.lost import RefusedCertificateError, lost
from bipro_sync.bipro.calls.transport import Deadline

from ..recorders import Clock


def broken(error, *, left=False, answered=False, certified=False, late=False):
    clock = Clock()
    deadline = Deadline(clock, 60, begun=clock.seconds)
    clock.seconds += 61 if late else 1
    return lost(error, left=left, answered=answered, certified=certified, deadline=deadline)


def alert(name, kind=httpcore2.ConnectError):
    error, cause = kind("broken"), ssl.SSLError(1, "no")
    cause.reason = name
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("kind", [httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError])
@pytest.mark.parametrize("late", [False, True])
def test_nothing_was_sent_only_where_surely_nothing_was(kind, late):
    error = kind("text from the wire")
    assert broken(error, late=late).sent is False
    assert broken(error, left=True, late=late).sent is True
    assert broken(error, left=True, answered=True, late=late).sent is True
    assert "from the wire" not in broken(error, late=late).message


@pytest.mark.parametrize("kind", [httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError])
def test_without_a_connection_nothing_was_sent_not_even_a_certificate(kind):
    assert broken(kind("503 no"), certified=True).sent is False


def test_a_certificate_has_been_shown_once_the_handshake_succeeded():
    assert broken(httpcore2.ReadError("reset"), certified=True).sent is True


@pytest.mark.parametrize(
    "name",
    [
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
    ],
)
def test_an_alert_refuses_a_certificate_only_where_one_is_shown(name):
    shown, not_shown = (broken(alert(name), certified=certified) for certified in (True, False))
    assert isinstance(shown, RefusedCertificateError)
    assert name in shown.message
    assert shown.sent is True
    assert not isinstance(not_shown, RefusedCertificateError)
    assert not_shown.sent is False


@pytest.mark.parametrize(("certified", "says"), [(True, "refuses the client"), (False, "demands a client")])
def test_the_demand_for_a_certificate_is_one_with_or_without(certified, says):
    error = broken(alert("TLSV13_ALERT_CERTIFICATE_REQUIRED", httpcore2.ReadError), left=True, certified=certified)
    assert isinstance(error, RefusedCertificateError)
    assert says in error.message


@pytest.mark.parametrize(
    "name", ["WRONG_VERSION_NUMBER", "TLSV1_ALERT_PROTOCOL_VERSION", "UNEXPECTED_EOF_WHILE_READING"]
)
def test_another_trouble_of_tls_is_no_matter_of_the_certificate(name):
    assert not isinstance(broken(alert(name), certified=True), RefusedCertificateError)

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from bipro_sync.bipro import CertificateLogin, SignatureLogin, TlsLogin
from bipro_sync.errors import CredentialMissingError, LoginRefusedError, UnreachableError
from bipro_sync.model.ports import LoginVerdict, Operation, Outcome

from ..conftest import House
from ..fixtures import TOKEN, answer, message, token_answer
from .certificates import NOW, client_certificate, server_tls


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def begin(tmp_path):
    """Begin an insurer that asks for a client certificate, and give its house and the file of its authority."""
    houses = []

    def begin(version, *, demanded=True):
        houses.append(House(server_tls(tmp_path, version=version, demanded=demanded)))
        return houses[-1], str(tmp_path / "ca.pem")

    yield begin
    for house in houses:
        house.close()


@pytest.mark.parametrize("kind", ["rsa", "p-256"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_sts_is_asked_over_mutual_tls_without_any_security_header(begin, version, kind):
    house, ca_file = begin(version)
    house.script(token_answer(), answer(message("32")))
    login = CertificateLogin(client_certificate(kind))
    house.client({"sts_version": "2.6.1.1.0"}, login=login, ca_file=ca_file).list_shipments()
    issued, listed = house.insurer.served
    root = etree.fromstring(issued.body)
    assert root.find(".//{*}Security") is None
    assert len(root.find("{*}Header")) == 0
    expected = etree.fromstring(message("01")).find(".//{*}RequestSecurityToken")
    assert [(each.tag, each.text.strip()) for each in root.find(".//{*}RequestSecurityToken")] == [
        (each.tag, each.text) for each in expected
    ]
    assert TOKEN.encode() in listed.body
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]
    assert house.gate.attempts[0][0] == "4711"


FAULTY = {
    "of another authority": {"issuer": "Fremd"},
    "expired by the insurer's clock": {"begins": datetime(2026, 1, 1, tzinfo=UTC), "days": 90},
}


@pytest.mark.parametrize("faulty", FAULTY)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_that_tls_refuses_is_a_refused_login(begin, version, faulty):
    house, ca_file = begin(version)
    login = CertificateLogin(client_certificate(**FAULTY[faulty]))
    client = house.client(login=login, ca_file=ca_file, unlock_contact="Frau Erfunden.", most_retries=20)
    with pytest.raises(LoginRefusedError) as caught:
        client.login()
    assert "refused the certificate when the connection was made" in caught.value.message
    assert "whether it was revoked.  Whom to ask: Frau Erfunden." in caught.value.hint
    assert house.gate.verdicts == [LoginVerdict.REFUSED]
    assert [each.outcome for each in house.observer.of(Operation.ISSUE)] == [Outcome.REFUSED]
    assert not house.insurer.served


@pytest.mark.parametrize("login", [None, SignatureLogin(client_certificate())], ids=["password", "signature"])
def test_a_server_that_demands_a_certificate_where_none_is_shown_says_which_login_it_wants(begin, login):
    house, ca_file = begin(ssl.TLSVersion.TLSv1_3)
    with pytest.raises(LoginRefusedError, match="demands a client certificate, and this login shows none") as caught:
        house.client(ca_file=ca_file, login=login).login()
    assert 'auth.method = "certificate"' in caught.value.hint
    assert house.gate.verdicts == [LoginVerdict.REFUSED]


def test_a_handshake_that_fails_for_any_reason_without_a_certificate_is_no_attempt(begin):
    house, ca_file = begin(ssl.TLSVersion.TLSv1_2)
    with pytest.raises(UnreachableError, match="nothing was sent"):
        house.client(ca_file=ca_file).login()
    assert house.gate.verdicts == [LoginVerdict.NOT_SENT]


@pytest.mark.parametrize("status", [401, 403])
def test_a_certificate_refused_by_http_is_named(begin, status):
    house, ca_file = begin(ssl.TLSVersion.TLSv1_3, demanded=False)
    house.script(answer(b"", status=status, content_type=""))
    with pytest.raises(LoginRefusedError, match=rf"HTTP {status}") as caught:
        house.client(login=CertificateLogin(client_certificate()), ca_file=ca_file).login()
    assert "user name" not in caught.value.message
    assert house.gate.verdicts == [LoginVerdict.REFUSED]


def test_a_fault_about_a_certificate_does_not_speak_of_passwords(begin):
    house, ca_file = begin(ssl.TLSVersion.TLSv1_3)
    house.script(answer(message("07"), status=500))
    with pytest.raises(LoginRefusedError, match=r"the certificate was refused \(00960, 00961\)"):
        house.client(login=CertificateLogin(client_certificate()), ca_file=ca_file).login()


LIVES = {
    "ran out on 2026-03-02 08:00 UTC": {"begins": NOW - timedelta(days=365), "days": 365},
    "ran out on 2026-03-01 08:00 UTC": {"begins": NOW - timedelta(days=366), "days": 365},
    "is not valid before 2026-03-03 08:00 UTC": {"begins": NOW + timedelta(days=1)},
}


@pytest.mark.parametrize("kind", [CertificateLogin, SignatureLogin, TlsLogin])
@pytest.mark.parametrize("trouble", LIVES)
def test_a_certificate_outside_of_its_life_is_not_even_tried(house, kind, trouble):
    client = house.client(login=kind(client_certificate(**LIVES[trouble])))
    with pytest.raises(CredentialMissingError, match=f"the certificate 4711 {trouble}; nothing was sent") as caught:
        client.list_shipments()
    assert "Makler" not in caught.value.message + caught.value.hint
    assert not house.gate.attempts
    assert not house.observer.intents
    assert not house.insurer.served


def test_a_certificate_that_expires_during_the_run_is_not_shown_again(house):
    house.script(token_answer())
    client = house.client(login=CertificateLogin(client_certificate(begins=NOW - timedelta(days=1), days=2)))
    client.login()
    house.clock.wall += timedelta(days=1)
    house.clock.seconds += 86_400
    with pytest.raises(CredentialMissingError, match="ran out"):
        client.login()
    assert len(house.insurer.served) == 1

"""A client certificate proves the account, in the handshake, and nothing else does."""

import http.client
import ssl
import stat

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from bipro_sync.errors import ConfigurationError
from bipro_sync.sandbox.process import PracticeInsurer


FILES = ["client.p12", "client-legacy.p12", "client-expired.p12", "client-foreign.p12"]
REFUSED = (ssl.SSLError, ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)


@pytest.fixture
def certified(start, account):
    """Starts an insurer that wants certificates."""

    def run(login="certificate", more="", extra=""):
        return start(more, account=f'{account}login = "{login}"\n{extra}', tls=True)

    return run


@pytest.fixture
def shared(share, account):
    """A client of an insurer that wants certificates and that several tests share."""
    return lambda more="": share(more, account=f'{account}login = "certificate"\n', tls=True)


@pytest.fixture
def issue(make):
    """Asks the login service for a token without any proof in the message."""

    def run(client, security=None):
        body = make.envelope(make.token_request(), "") if security is None else security
        reply = client.post(client.sts_path, body, "urn:RequestSecurityToken")
        if reply.status == 200:
            client.token = reply.xml().find(f".//{{{make.WSC}}}Identifier").text
        return reply

    return run


def test_all_files_are_there_for_the_owner_only_and_open_with_the_passphrase(shared):
    folder = shared().insurer.client_p12.parent
    serials = {}
    for name in FILES:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        key, certificate, (above,) = pkcs12.load_key_and_certificates((folder / name).read_bytes(), b"practice")
        certificate.verify_directly_issued_by(above)
        assert key.public_key() == certificate.public_key()
        serials[name] = certificate.serial_number
    assert serials["client.p12"] == serials["client-legacy.p12"]
    assert len(set(serials.values())) == 3
    assert b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03" in (folder / "client-legacy.p12").read_bytes()
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates((folder / "client.p12").read_bytes(), b"falsch")


@pytest.mark.parametrize("name", ["client.p12", "client-legacy.p12"])
@pytest.mark.parametrize("refuse", ["http", "tls"])
def test_the_right_certificate_gets_a_token_that_the_mailbox_takes(shared, identified, issue, refuse, name):
    client = identified(shared(more=f'[x509]\nrefuse = "{refuse}"\n'), name)
    assert issue(client).status == 200
    assert client.list().ids() == ["S-1", "S-2"]
    assert {call["user"] for call in client.calls()} == {"MAKLER-0815"}
    assert client.calls()[0]["effects"] == ["token"]


def test_a_login_needs_no_header_and_takes_no_password(shared, identified, issue, make):
    client = identified(shared())
    bare = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<s:Body>{make.token_request()}</s:Body></s:Envelope>"
    )
    assert issue(client, bare.encode()).status == 200
    reply = client.login()
    assert (reply.status, reply.codes()) == (500, ["00900", "00907"])


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("client-expired.p12", 403), ("client-foreign.p12", 403)])
def test_a_wrong_certificate_is_refused_by_http(shared, identified, issue, name, status):
    bare = shared()
    client = bare if name is None else identified(bare, name)
    reply = issue(client)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    (call,) = client.calls()
    assert (call["operation"], call["status"], call["effects"]) == ("login", status, [])


@pytest.mark.parametrize("version", ["1.2", "1.3", "any"])
@pytest.mark.parametrize("name", [None, "client-expired.p12", "client-foreign.p12"])
def test_a_wrong_certificate_is_refused_in_the_handshake(shared, identified, issue, name, version):
    bare = shared(more=f'[http]\ntls = "{version}"\n[x509]\nrefuse = "tls"\n')
    client = bare if name is None else identified(bare, name)
    with pytest.raises(REFUSED):
        issue(client)
    client.connection.close()
    good = identified(client)
    assert issue(good).status == 200
    assert version == "any" or good.connection.sock.version() == f"TLSv{version}"
    assert [call["operation"] for call in bare.calls()] == ["handshake", "login"]


def test_only_the_certificate_of_the_named_serial_is_taken(certified, identified, issue):
    client = identified(certified(extra='certificate_serial = "0A0B"\n'))
    assert issue(client).status == 403
    client.insurer.stop()
    again = certified(extra=f'certificate_serial = "{client.certificate.serial_number:X}"\n')
    assert issue(identified(again)).status == 200


def test_a_locked_account_is_locked_for_certificates_too(certified, identified, issue):
    client = identified(certified(extra="locked = true\n"))
    assert issue(client).codes() == ["00964"]


def test_by_tls_alone_each_call_is_proved_and_there_is_no_login_service(certified, identified, issue, make):
    bare = certified("tls")
    assert bare.bare_list().status == 401
    client = identified(bare)
    assert client.bare_list().ids() == ["S-1", "S-2"]
    empty = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/>'
        f"<s:Body>{make.call_body('listShipments', '')}</s:Body></s:Envelope>"
    )
    assert client.post(client.transfer_path, empty.encode()).ids() == ["S-1", "S-2"]
    assert issue(client).status == 404
    assert client.bare_list(make.context_token("bipro:1")).codes() == ["00900", "00907"]
    assert identified(bare, "client-expired.p12").bare_list().status == 403


def test_an_insurer_that_wants_none_makes_none(start):
    client = start(tls=True)
    assert client.insurer.client_p12 is None
    assert not list(client.insurer.ca_file.parent.glob("*.p12"))


def test_missing_files_are_made_anew_and_present_ones_kept(certified, identified, issue):
    first = certified()
    folder = first.insurer.client_p12.parent
    before = first.insurer.client_p12.read_bytes()
    first.insurer.stop()
    second = certified()
    assert second.insurer.client_p12.read_bytes() == before
    second.insurer.stop()
    (folder / "client-foreign.p12").unlink()
    third = certified()
    assert third.insurer.client_p12.read_bytes() != before
    assert issue(identified(third)).status == 200


@pytest.mark.parametrize("login", ["certificate", "tls"])
def test_without_tls_nobody_can_be_asked_for_a_certificate(scenario, tmp_path, account, login):
    path = scenario(account=f'{account}login = "{login}"\n')
    with pytest.raises(ConfigurationError, match="none without TLS"):
        PracticeInsurer.start(path, tmp_path / "insurer", tls=False)

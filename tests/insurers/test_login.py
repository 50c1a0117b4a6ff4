import pytest

from bipro_sync.bipro import CertificateLogin, HubLogin, PasswordLogin, SignatureLogin, TgicLogin, TlsLogin
from bipro_sync.insurers.login import hub_of, login_of
from bipro_sync.model.secret import Secret


TGIC = 'tgic = { url = "https://tgic.example/", service = "http://tgic.example/s/1", user = "TGIC-4711" }'


@pytest.fixture
def insurer(held):
    return lambda auth: held(one={"auth": auth})["one"]


@pytest.mark.parametrize(
    ("method", "login"), [("certificate", CertificateLogin), ("signature", SignatureLogin), ("tls", TlsLogin)]
)
def test_each_certificate_method_is_a_login_of_its_own_with_the_files_certificate(insurer, pkcs12, method, login):
    found = login_of(insurer(f'{{ method = "{method}", certificate = {pkcs12.section()} }}'))
    assert type(found) is login
    assert found.certificate.serial == "CAFE01"


@pytest.mark.parametrize("name", ['"BROKER-1"', '{ env = "NAME" }'])
def test_a_password_login_has_name_and_password(insurer, monkeypatch, name):
    monkeypatch.setenv("NAME", "BROKER-1")
    monkeypatch.setenv("P", "word")
    one = insurer(f'{{ username = {name}, password = {{ env = "P" }} }}')
    assert login_of(one) == PasswordLogin("BROKER-1", Secret("word"))
    assert hub_of(one) is None


def test_a_tgic_login_has_service_user_and_one_proof(insurer, pkcs12, monkeypatch):
    monkeypatch.setenv("P", "word")
    by_password = login_of(insurer(f'{{ method = "tgic", {TGIC}, password = {{ env = "P" }} }}'))
    assert by_password == TgicLogin(
        url="https://tgic.example/",
        service_id="http://tgic.example/s/1",
        user_id="TGIC-4711",
        password=Secret("word"),
    )
    by_certificate = login_of(insurer(f'{{ method = "tgic", {TGIC}, certificate = {pkcs12.section()} }}'))
    assert (by_certificate.password, by_certificate.certificate.serial) == (None, "CAFE01")


def test_a_hub_gets_its_key_and_address(insurer, monkeypatch):
    monkeypatch.setenv("KEY", "key")
    one = insurer('{ username = "one", password = { env = "P" }, hub = { api_key = { env = "KEY" } } }')
    assert hub_of(one) == HubLogin("https://one.example/login", Secret("key"))

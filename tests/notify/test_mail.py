import socket

import pytest

from bipro_sync.config import MailSection
from bipro_sync.errors import AlertError, CredentialMissingError
from bipro_sync.notify.mail import send


def section(server, **more):
    keys = {"to": ["it@broker.example"], "smtp": server.url, "ca_file": str(server.ca_file)} | more
    return MailSection.model_validate(keys)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_mail_goes_over_tls_with_login_to_everybody(mail_server, secret, news, scheme):
    server = mail_server(scheme, login=("bipro", "wort & <schatz> ä"))
    who = {"username": "bipro", "password": secret("wort & <schatz> ä")}
    send(section(server, to=["it@broker.example", "boss@broker.example"], **who), news, language="de")
    [mail] = server.mails
    assert (mail.encrypted, mail.login) == (True, ("bipro", "wort & <schatz> ä"))
    assert mail.recipients == ["it@broker.example", "boss@broker.example"]
    message = mail.message
    assert message["Subject"] == "[bipro-sync] Warnung: 1 neu (muster)"
    assert (message["From"], message["Auto-Submitted"]) == ("it@broker.example", "auto-generated")
    assert message["Message-ID"].endswith("@broker.example>")
    assert message["Date"].datetime == news.at
    assert "muster: 1 Lieferung(en) in Quarantäne, die älteste seit 01.03.2026 09:00 Uhr" in message.get_content()


def test_to_this_machine_itself_a_mail_may_go_plain(mail_server, news):
    server = mail_server("smtp")
    send(section(server, sender="bipro-sync@broker.example", ca_file=""), news, language="en")
    [mail] = server.mails
    assert (mail.encrypted, mail.sender) == (False, "bipro-sync@broker.example")
    assert "1 shipment(s) in quarantine" in mail.message.get_content()


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_whose_certificate_is_not_trusted_is_told_nothing(mail_server, secret, news, scheme):
    server = mail_server(scheme, login=("bipro", "word"))
    who = {"username": "bipro", "password": secret("word")}
    with pytest.raises(AlertError, match="its certificate is not trusted"):
        send(section(server, ca_file="", **who), news, language="en")
    assert server.mails == []


def test_a_server_of_another_name_is_told_nothing(mail_server, news):
    server = mail_server()
    url = server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(AlertError, match="its certificate is not trusted"):
        send(section(server, smtp=url), news, language="en")
    assert server.mails == []


def test_a_server_that_offers_no_tls_is_told_nothing(mail_server, news):
    server = mail_server("smtp")
    with pytest.raises(AlertError, match="cannot be talked to"):
        send(section(server, smtp=server.url.replace("smtp", "smtp+starttls")), news, language="en")
    assert server.mails == []


def test_what_the_server_says_is_not_repeated(mail_server, secret, news):
    server = mail_server(login=("bipro", "word"))
    with pytest.raises(AlertError) as caught:
        send(section(server, username="bipro", password=secret("wrong")), news, language="en")
    assert "answered 535" in caught.value.message
    assert "Erika" not in caught.value.message


def test_whoever_is_not_taken_is_an_error_though_others_are(mail_server, news):
    server = mail_server()
    with pytest.raises(AlertError, match="takes nothing for 1 of 2"):
        send(section(server, to=["it@broker.example", "nobody@broker.example"]), news, language="en")
    with pytest.raises(AlertError, match="takes nothing for any"):
        send(section(server, to=["nobody@broker.example"]), news, language="en")


def test_where_nobody_listens_it_says_so(mail_server, news):
    server = mail_server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(AlertError, match="was not reached"):
        send(section(server, smtp=f"smtps://127.0.0.1:{port}"), news, language="en")


def test_a_password_that_is_not_there_is_said_before_anybody_is_asked(mail_server, news, tmp_path):
    server = mail_server()
    who = {"username": "bipro", "password": {"file": str(tmp_path / "nowhere")}}
    with pytest.raises(CredentialMissingError):
        send(section(server, **who), news, language="en")


def test_a_ca_file_that_is_none_is_said(mail_server, news, tmp_path):
    (tmp_path / "none.pem").write_text("none")
    with pytest.raises(AlertError, match="The CA file"):
        send(section(mail_server(), ca_file=str(tmp_path / "none.pem")), news, language="en")

from __future__ import annotations

import re
import ssl
from datetime import timedelta

import pytest
from lxml import etree

from bipro_sync.bipro import TgicLogin
from bipro_sync.bipro.login.credential import credential_of
from bipro_sync.bipro.login.tgic import tgic_issue
from bipro_sync.errors import LoginRefusedError
from bipro_sync.model.ports import LoginVerdict, Operation
from bipro_sync.model.secret import Secret

from ..conftest import House
from ..fixtures import PASSWORD, answer, message
from ..recorders import texts_of
from .certificates import NOW, client_certificate, server_tls


SERVICE = "http://www.tgic.de/mustervu/prod/TransferService/2.6.1.1.0"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
TIME_UNKNOWN = answer(b"", status=405, content_type="")


def tgic(house=None, **proof):
    url = house.insurer.url("/tgic") if house else "https://ists.example.invalid/ISTSService"
    return TgicLogin(
        url=url, service_id=SERVICE, user_id="partner-erfunden", **(proof or {"password": Secret(PASSWORD)})
    )


def shape(xml):
    """Names, attributes and texts, with what differs from message to message left out."""
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    text = re.sub(rb"uuid:[0-9a-f-]{36}", b"uuid", xml)
    return [
        (element.tag, sorted(element.attrib.items()), (element.text or "").strip())
        for element in etree.fromstring(text, parser).iter()
    ]


def test_the_request_has_the_known_shape():
    login = tgic(password=Secret("geheim-erfunden"))
    assert shape(tgic_issue(login, NOW).body) == shape(message("14"))


def test_each_request_has_an_identity_of_its_own():
    bodies = [tgic_issue(tgic(), NOW).body for _ in range(2)]
    first, second = ({*re.findall(rb"uuid:[0-9a-f-]{36}", body)} for body in bodies)
    assert len(first) == len(second) == 1
    assert first != second


def test_with_a_certificate_the_user_id_stands_alone():
    body = tgic_issue(tgic(certificate=client_certificate()), NOW).body
    assert b"<wsse:Username>partner-erfunden</wsse:Username></wsse:UsernameToken>" in body
    assert b"Password" not in body


def test_exactly_one_proof_is_taken():
    with pytest.raises(ValueError, match="exactly one"):
        credential_of(tgic(password=Secret(PASSWORD), certificate=client_certificate()))


@pytest.mark.parametrize("collected", [True, False])
def test_the_assertion_goes_into_the_transfer_header_with_every_namespace_it_needs(house, collected):
    body = message("16")
    if not collected:
        body = re.sub(rb"</?wst:RequestSecurityTokenResponseCollection[^>]*>", b"", body).replace(
            b"<wst:RequestSecurityTokenResponse ",
            b'<wst:RequestSecurityTokenResponse xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512" ',
        )
    house.script(TIME_UNKNOWN, answer(body), answer(message("32")))
    client = house.client(login=tgic(house))
    client.list_shipments()
    _, asked, listed = house.insurer.served
    assert asked.line.startswith("POST /tgic ")
    assert asked.headers["soapaction"] == '"http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"'
    sent, given = (etree.fromstring(each).find(f".//{SAML}EncryptedAssertion") for each in (listed.body, body))
    assert etree.QName(sent.getparent()).localname == "Security"
    assert [(each.tag, dict(each.attrib), each.text) for each in sent.iter()] == [
        (each.tag, dict(each.attrib), each.text) for each in given.iter()
    ]
    typed = sent.find(".//{*}CipherValue")
    assert typed.nsmap["xs"] == "http://www.w3.org/2001/XMLSchema"
    assert [(intent.operation, intent.service) for intent in house.observer.intents[1:]] == [
        (Operation.ISSUE, "tgic"),
        (Operation.LIST, "transfer"),
    ]


@pytest.mark.parametrize(
    ("expires", "seconds"), [(b"08:05:00Z", 300), (b"08:02:00Z", 120), (b"09:00:00Z", 300), (b"07:00:00Z", 300)]
)
def test_an_assertion_lives_five_minutes_at_most(house, expires, seconds):
    body = answer(message("16").replace(b"08:05:00Z", expires))
    house.script(TIME_UNKNOWN, body, TIME_UNKNOWN, body)
    client = house.client(login=tgic(house))
    client.login()
    house.clock.seconds += 0.8 * seconds - 0.1
    client.login()
    assert len(house.gate.verdicts) == 1
    house.clock.seconds += 0.2
    client.login()
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED] * 2


def test_the_request_is_written_in_the_services_time(house):
    theirs = NOW + timedelta(minutes=10)
    house.script(
        answer(b"", status=405, content_type="", Date=f"{theirs:%a, %d %b %Y %H:%M:%S} GMT"), answer(message("16"))
    )
    house.client(login=tgic(house)).login()
    assert b"<wsu:Created>2026-03-02T08:10:00Z</wsu:Created>" in house.insurer.served[1].body
    assert b"<wsu:Expires>2026-03-02T08:15:00Z</wsu:Expires>" in house.insurer.served[1].body


def refused(house, step):
    house.script(TIME_UNKNOWN, step)
    with pytest.raises(LoginRefusedError) as caught:
        house.client(login=tgic(house)).login()
    assert house.gate.verdicts == [LoginVerdict.REFUSED]
    assert "unproven, built from public facts only" in caught.value.hint
    return caught.value


def test_a_challenge_is_refused_because_nobody_is_there_to_answer_it(house):
    error = refused(house, answer(message("17")))
    assert "one-time password that a person would have to type, which is not supported" in error.message
    assert len(house.insurer.served) == 2
    written = {element for served in house.insurer.served if served.body for element, _, _ in shape(served.body)}
    answering = {element for element, _, _ in shape(message("15")) if "Challenge" in element}
    assert len(answering) == 2
    assert not written & answering


@pytest.mark.parametrize(
    "body",
    [
        message("16").replace(b"EncryptedAssertion", b"Assertion"),
        message("16").replace(b"wst:RequestedSecurityToken>", b"wst:Other>"),
        message("16").replace(b"ws-trust/200512", b"ws-trust/199912"),
        message("04"),
        message("16").replace(b"<wst:Lifetime", b"<more>of what nobody asked for</more>" * 30_000 + b"<wst:Lifetime"),
    ],
    ids=["plain assertion", "elsewhere", "other trust", "an insurer's token", "huge"],
)
def test_what_holds_no_encrypted_assertion_is_refused(house, body):
    refused(house, answer(body))


def test_an_answer_in_a_character_set_that_only_http_names_is_refused(house):
    body = message("16").replace(b'<?xml version="1.0" encoding="UTF-8"?>', b"").decode().encode("utf-16-le")
    refused(house, answer(body, content_type="text/xml; charset=utf-16le"))


def test_the_insurers_sts_gives_no_session_for_an_assertion(house):
    house.script(answer(message("16")))
    with pytest.raises(LoginRefusedError, match="neither a token nor a fault of the norm"):
        house.client().login()


def test_neither_password_nor_assertion_is_told(house):
    house.script(TIME_UNKNOWN, answer(message("16")), answer(message("62"), status=500))
    client = house.client(login=tgic(house))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is
        client.list_shipments()
    said = [
        texts_of(caught.value),
        *(repr(each.__dict__) for each in (client, client._tokens, house.observer, house.gate)),
    ]
    assert len(house.insurer.served) == 3
    for secret in (PASSWORD, "a&amp;b", "ZXJmdW5kZW4"):
        assert secret not in " ".join(said)


class Shown:
    """An answer that notes whether its connection showed a client certificate."""

    def __init__(self, step):
        self.step = step
        self.certificate = "not asked"

    def __call__(self, connection):
        self.certificate = connection.getpeercert()
        connection.sendall(self.step)


@pytest.mark.parametrize("demanded", [True, False], ids=["demanded", "asked for"])
def test_a_certificate_proves_the_user_over_mutual_tls_and_the_question_for_the_time_shows_none(tmp_path, demanded):
    house = House(server_tls(tmp_path, version=ssl.TLSVersion.TLSv1_3, demanded=demanded))
    head, login = Shown(TIME_UNKNOWN), Shown(answer(message("16")))
    house.script(*([login] if demanded else [head, login]))
    try:
        certified = tgic(house, certificate=client_certificate())
        house.client(login=certified, ca_file=str(tmp_path / "ca.pem")).login()
    finally:
        house.close()
    assert login.certificate["serialNumber"] == "4711"
    assert head.certificate == ("not asked" if demanded else None)
    assert b"partner-erfunden" in house.insurer.served[-1].body
    assert house.gate.attempts[0][0] == "partner-erfunden"
    assert house.gate.verdicts == [LoginVerdict.ACCEPTED]

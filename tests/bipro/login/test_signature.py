from __future__ import annotations

import base64
import pickle
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.verifier import SignatureConfiguration

from bipro_sync.bipro import Connection, SignatureLogin, WireForm
from bipro_sync.bipro.login.signature import signed_issue
from bipro_sync.errors import LoginRefusedError
from bipro_sync.model.ports import LoginVerdict, Operation

from ..fixtures import answer, message, token_answer
from .certificates import NOW, client_certificate


CONNECTION = Connection(
    insurer="muster",
    account="konto",
    sts_url="https://sts.example/",
    transfer_url="https://transfer.example/",
    bipro_version="2.6.1.1.0",
)
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def signed(kind="rsa", connection=CONNECTION):
    login = SignatureLogin(client_certificate(kind))
    return login, signed_issue(connection, login, NOW).body


def verified(body, login):
    results = XMLVerifier().verify(
        body,
        x509_cert=login.certificate.certificate,
        expect_config=SignatureConfiguration(expect_references=3),
        validate_schema=False,
    )
    return [etree.QName(result.signed_xml).localname for result in results]


@pytest.mark.parametrize("kind", ["rsa", "p-256", "p-384"])
def test_body_timestamp_and_certificate_are_signed_so_that_another_implementation_agrees(kind):
    login, body = signed(kind)
    assert verified(body, login) == ["Body", "Timestamp", "BinarySecurityToken"]


def test_the_signature_is_made_as_the_x509_token_profile_says():
    login, body = signed()
    root = etree.fromstring(body)
    signature = root.find(f".//{DS}Signature")
    algorithms = [element.get("Algorithm") for element in signature.iter() if element.get("Algorithm")]
    assert algorithms[:2] == [
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    ]
    assert algorithms[2:] == ["http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/04/xmlenc#sha256"] * 3
    token = root.find(f".//{WSSE}Security/{WSSE}BinarySecurityToken")
    (reference,) = signature.iterfind(f"{DS}KeyInfo/{WSSE}SecurityTokenReference/{WSSE}Reference")
    assert reference.get("URI") == "#" + token.get(f"{WSU}Id")
    assert token.get("ValueType") == reference.get("ValueType")
    assert token.get("ValueType").endswith("x509-token-profile-1.0#X509v3")
    assert token.get("EncodingType").endswith("#Base64Binary")
    assert base64.b64decode(token.text) == login.certificate.certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize("form", [{}, {"sts_form": "vema"}, {"must_understand": True, "sts_version": "2.6.1.1.0"}])
def test_every_form_of_the_login_can_be_signed(form):
    login, body = signed(connection=replace(CONNECTION, form=WireForm(**form)))
    assert verified(body, login) == ["Body", "Timestamp", "BinarySecurityToken"]
    assert (b"mustUnderstand" in body) is bool(form)
    assert (b"BiPROVersion" in body) is ("sts_version" in form)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"/trust/Issue<", b"/trust/Issuf<"),
        (b"2026-03-02T08:05:00Z", b"2026-03-02T09:05:00Z"),
        (b"2026-03-02T08:00:00Z", b"2026-03-02T08:00:01Z"),
        (b'Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509', b'Type="http://example.invalid/x509'),
    ],
    ids=["body", "expires", "created", "certificate"],
)
def test_whatever_is_changed_on_its_way_is_noticed(was, becomes):
    login, body = signed()
    assert was in body
    with pytest.raises(InvalidDigest):
        verified(body.replace(was, becomes, 1), login)


def test_another_certificates_signature_is_noticed():
    _, body = signed("p-256")
    with pytest.raises(InvalidSignature):
        verified(body, SignatureLogin(client_certificate("p-384")))


def test_the_request_holds_no_private_key():
    login, body = signed()
    numbers = login.certificate.key.private_numbers()
    for secret in (numbers.p, numbers.q, numbers.d):
        data = secret.to_bytes((secret.bit_length() + 7) // 8, "big")
        assert data not in body
        assert base64.b64encode(data) not in body


def times_of(served):
    return [
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        for text in re.findall(r"<wsu:(?:Created|Expires)>([^<]+)<", served.body.decode())
    ]


@pytest.mark.parametrize("skew", [-600, 0, 600])
def test_the_time_stamp_is_the_insurers_time_measured_once_before_the_first_login(house, skew):
    theirs = NOW + timedelta(seconds=skew)
    date = f"{theirs:%a, %d %b %Y %H:%M:%S} GMT"
    house.script(answer(b"", status=405, content_type="", Date=date), token_answer(), token_answer())
    client = house.client(login=SignatureLogin(client_certificate()))
    session = client._tokens.current()
    client._tokens.instead_of(session)
    asked, first, second = house.insurer.served
    assert asked.line.startswith("HEAD ")
    assert asked.body == b""
    assert not {"authorization", "soapaction"} & set(asked.headers)
    assert times_of(first) == times_of(second) == [theirs, theirs + timedelta(minutes=5)]
    assert [intent.operation for intent in house.observer.intents] == [
        Operation.CLOCK,
        Operation.ISSUE,
        Operation.ISSUE,
    ]


def test_an_insurer_that_does_not_tell_its_time_is_believed_to_share_ours(house):
    house.script(answer(b"", status=405, content_type=""), token_answer())
    house.client(login=SignatureLogin(client_certificate())).login()
    assert times_of(house.insurer.served[1]) == [NOW, NOW + timedelta(minutes=5)]


def test_a_signature_that_is_not_accepted_says_what_to_compare(house):
    body = message("07").replace(b"00961", b"00963")
    house.script(answer(b"", status=405, content_type=""), answer(body, status=500))
    with pytest.raises(LoginRefusedError, match=r"time stamp or the signature .* \(00960, 00963\)"):
        house.client(login=SignatureLogin(client_certificate())).login()
    assert house.gate.verdicts == [LoginVerdict.REFUSED]


def test_the_gate_knows_a_certificate_by_its_serial_and_digest(house):
    login = SignatureLogin(client_certificate())
    house.script(answer(b"", status=405, content_type=""), token_answer())
    house.client(login=login).login()
    ((identity, secret),) = house.gate.attempts
    assert identity == login.certificate.serial == "4711"
    assert len(bytes.fromhex(secret.reveal())) == 32
    with pytest.raises(TypeError):
        pickle.dumps(secret)

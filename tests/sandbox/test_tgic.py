"""The central service hands out assertions, and the transfer service takes exactly these."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest


WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SERVICE = "http://www.tgic.de/practice/test/TransferService/2.6.1.1.0"
ASKED = {
    "action": f"{WST}/RST/Issue",
    "token": "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0",
    "kind": f"{WST}/Issue",
    "service": SERVICE,
    "expires": "2999-01-01T00:00:00Z",
}


def issue(client, user="MAKLER-0815", password="geheim & <erfunden>", **other):
    asked = ASKED | other
    told = "" if password is None else f"<wsse:Password>{escape(password)}</wsse:Password>"
    request = f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsa="http://www.w3.org/2005/08/addressing"
 xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:wsu="{WSU}">
<s:Header><wsa:To>https://ists.example.invalid/ISTSService</wsa:To><wsa:Action>{asked["action"]}</wsa:Action>
<wsa:MessageID>uuid:00000000-0000-4000-8000-000000000001</wsa:MessageID><wsse:Security><wsse:UsernameToken
 wsu:Id="PartnerId"><wsse:Username>{user}</wsse:Username>{told}</wsse:UsernameToken></wsse:Security></s:Header>
<s:Body><wst:RequestSecurityToken xmlns:wst="{WST}" xmlns:wsp="http://www.w3.org/ns/ws-policy">
<wst:TokenType>{asked["token"]}</wst:TokenType><wst:RequestType>{asked["kind"]}</wst:RequestType>
<wsp:AppliesTo><wsp:URI>{asked["service"]}</wsp:URI></wsp:AppliesTo><wst:Lifetime>
<wsu:Created>2026-03-02T08:00:00Z</wsu:Created><wsu:Expires>{asked["expires"]}</wsu:Expires></wst:Lifetime>
</wst:RequestSecurityToken></s:Body></s:Envelope>"""
    return client.post(client.tgic_path, request.encode(), f"{WST}/RST/Issue")


def assertion(reply):
    """Return the assertion as XML that declares all it needs; ElementTree gives it other prefixes."""
    return ET.tostring(reply.xml().find(f".//{{{SAML}}}EncryptedAssertion"), encoding="unicode")


@pytest.fixture
def central(start, account):
    def run(more="", tls=False):
        return start(more, account=f'{account}login = "tgic"\n', tls=tls)

    return run


@pytest.mark.parametrize("collection", [False, True])
def test_an_assertion_opens_the_mailbox_for_five_minutes(central, collection):
    client = central(f"[tgic]\ncollection = {str(collection).lower()}\n", tls=True)
    assert client.tgic_path == "/ists/ISTSService"
    reply = issue(client)
    assert reply.status == 200
    (body,) = reply.xml()
    (top,) = body
    assert top.tag.endswith("}RequestSecurityTokenResponseCollection") == collection
    created, expires = (
        datetime.fromisoformat(reply.xml().findtext(f".//{{{WSU}}}{name}")) for name in ("Created", "Expires")
    )
    assert expires - created == timedelta(minutes=5)
    assert abs(created - datetime.now(UTC)) < timedelta(seconds=10)
    assert client.bare_list(assertion(reply)).ids() == ["S-1", "S-2"]
    calls = client.insurer.calls()
    assert [(call["operation"], call["user"], call["effects"]) for call in calls] == [
        ("tgic", "MAKLER-0815", ["token"]),
        ("listShipments", "MAKLER-0815", []),
    ]
    cipher = reply.xml().findtext(".//{http://www.w3.org/2001/04/xmlenc#}CipherValue")
    assert cipher not in client.insurer.log_path.read_text(encoding="utf-8")


def test_the_mailbox_takes_nothing_but_a_whole_assertion_of_its_own(central, make):
    client = central()
    good = assertion(issue(client))
    for wrong in [
        good.replace("CipherValue>", "CipherValue>AAAA", 1),
        good.replace("aes256-cbc", "aes128-cbc"),
        good + good,
        good + make.context_token("bipro:1"),
        f"<wrapped>{good}</wrapped>",
        make.context_token("bipro:1"),
    ]:
        assert wrong != good
        assert client.bare_list(wrong).codes() == ["00960", "00962"]
    assert client.bare_list().codes() == ["00900", "00906"]
    assert client.bare_list(good).status == 200
    assert client.login().status == 404


def test_an_assertion_expires(central):
    client = central('[[misbehave]]\non = "listShipments"\nnth = 2\ndo = "clock-jump"\nseconds = 300\n')
    good = assertion(issue(client))
    assert client.bare_list(good).status == 200
    assert client.bare_list(good).codes() == ["00960", "00962"]


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({"action": f"{WST}/RST/Cancel"}, ["00007"]),
        ({"token": "http://schemas.xmlsoap.org/ws/2005/02/sc/sct"}, ["00900", "00910"]),
        ({"kind": f"{WST}/Validate"}, ["00900", "00911"]),
        ({"service": SERVICE.replace("practice", "other")}, ["00007"]),
        ({"expires": "2026-03-02T08:05:00Z"}, ["00960", "00963"]),
        ({"user": "other"}, ["00960", "00961"]),
        ({"password": "falsch"}, ["00960", "00961"]),
        ({"password": None}, ["00900", "00908"]),
    ],
)
def test_each_defect_of_a_request_is_refused(share, account, wrong, codes):
    client = share(account=f'{account}login = "tgic"\n')
    reply = issue(client, **wrong)
    assert (reply.status, reply.codes()) == (500, codes)


def test_the_third_wrong_password_locks_the_account(central):
    client = central()
    assert [issue(client, password="falsch").codes()[0] for _ in range(3)] == ["00960", "00960", "00965"]
    assert issue(client).codes() == ["00964"]


def test_with_a_certificate_the_user_id_stands_alone(central, identified):
    bare = central('[tgic]\nproof = "certificate"\n', tls=True)
    assert issue(bare, password=None).status == 401
    assert issue(identified(bare, "client-foreign.p12"), password=None).status == 403
    client = identified(bare)
    assert issue(client).codes() == ["00900", "00908"]
    assert issue(client, user="other", password=None).codes() == ["00960", "00961"]
    reply = issue(client, password=None)
    assert bare.bare_list(assertion(reply)).status == 200


def test_the_service_may_ask_for_a_one_time_password(central):
    client = central("[tgic]\nchallenge = true\n")
    reply = issue(client)
    assert reply.status == 200
    challenge = "{http://docs.oasis-open.org/ws-sx/ws-trust/200802}InteractiveChallenge"
    assert reply.xml().find(f".//{challenge}") is not None
    assert reply.xml().find(f".//{{{SAML}}}EncryptedAssertion") is None
    (call,) = client.insurer.calls()
    assert (call["fired"], call["effects"]) == (["challenge"], [])


def test_a_strict_service_demands_its_soap_action(central):
    client = central('[http]\nsoap_action = "strict"\n')
    assert issue(client).status == 200


def test_assertions_may_be_forgotten(central):
    client = central('[[misbehave]]\non = "listShipments"\ntimes = 1\ndo = "forget-tokens"\n')
    assert client.bare_list(assertion(issue(client))).codes() == ["00960", "00962"]
    assert client.bare_list(assertion(issue(client))).status == 200

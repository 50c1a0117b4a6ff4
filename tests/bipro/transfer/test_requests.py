from __future__ import annotations

import hashlib

import pytest
from lxml import etree

from bipro_sync.bipro import Connection, PasswordLogin, WireForm
from bipro_sync.bipro.login.issue import issue
from bipro_sync.bipro.login.session import Session, context_token
from bipro_sync.bipro.transfer import requests
from bipro_sync.errors import ConfigurationError
from bipro_sync.model.secret import Secret
from bipro_sync.model.shipment import AckVerdict

from ..fixtures import PASSWORD, SHIPMENT, TOKEN, answer, message


def connection(form=None, **options):
    settings = {
        "insurer": "muster",
        "account": "konto",
        "sts_url": "https://sts.example.invalid/sts",
        "transfer_url": "https://transfer.example.invalid/430",
        "bipro_version": "2.6.1.1.0",
        "form": WireForm(**(form or {})),
    }
    return Connection(**(settings | options))


def login(password=PASSWORD, username="MAKLER-0815"):
    return PasswordLogin(username, Secret(password))


def canonical(data):
    """Names, attributes and texts in document order, without prefixes, comments and white space."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True))
    return [(each.tag, sorted(each.attrib.items()), (each.text or "").strip()) for each in root.iter()]


@pytest.mark.parametrize(
    ("example", "form", "credentials"),
    [
        ("01", {"sts_version": "2.6.1.1.0"}, login()),
        (
            "02",
            {"sts_version": "2.1.6.1.0", "sts_version_namespace": "allgemein", "must_understand": True},
            login("geheim-erfunden"),
        ),
        ("03", {"sts_form": "vema"}, login("geheim-erfunden", "12345678")),
    ],
)
def test_a_login_is_the_examples_in_each_form(example, form, credentials):
    assert canonical(issue(connection(form), credentials).body) == canonical(message(example))


@pytest.mark.parametrize(
    ("example", "options"),
    [
        ("20", {}),
        ("21", {"confirmed_flag": "false"}),
        ("23", {"consumer_id": "ABC_12345"}),
        (
            "24",
            {
                "form": {"operations": "capital", "version_namespace": "allgemein"},
                "bipro_version": "2.1.4.1.0",
                "confirmed_flag": "false",
            },
        ),
    ],
)
def test_a_list_request_is_the_examples_in_each_form(example, options):
    written = requests.list_shipments(connection(**options), Session(context_token(TOKEN)))
    assert canonical(written.body) == canonical(message(example))


def test_without_a_security_header_a_list_request_is_the_examples():
    written = requests.list_shipments(connection(), Session(None))
    assert canonical(written.body) == canonical(message("28"))


@pytest.mark.parametrize("must_understand", [False, True])
def test_a_logins_security_header_may_be_for_whoever_comes_next(must_understand):
    written = issue(connection({"actor": "next", "must_understand": must_understand}), login())
    (header,) = etree.fromstring(written.body).iterfind(".//{*}Security")
    soap = "{http://schemas.xmlsoap.org/soap/envelope/}"
    expected = {f"{soap}actor": "http://schemas.xmlsoap.org/soap/actor/next"}
    assert dict(header.attrib) == expected | ({f"{soap}mustUnderstand": "1"} if must_understand else {})


def test_all_four_fields_of_a_list_request_stand_in_the_schemas_order():
    options = {"consumer_id": "ABC_12345", "confirmed_flag": "true"}
    written = requests.list_shipments(connection(list_category="100", **options), Session(context_token(TOKEN)))
    assert canonical(written.body) == canonical(message("22"))


def test_a_list_is_asked_for_one_category_only_where_that_is_said():
    name = "{http://www.bipro.net/namespace/transfer}KategorieDerLieferung"
    session = Session(context_token(TOKEN))
    written = requests.list_shipments(connection(list_category="999010"), session)
    assert (name, [], "999010") in canonical(written.body)
    assert b"KategorieDerLieferung" not in requests.list_shipments(connection(), session).body


OLD_FORM = {"operations": "capital", "version_namespace": "allgemein", "consumer_namespace": "transfer"}


@pytest.mark.parametrize(("flag", "written"), [("omit", "false"), ("false", "false"), ("true", "true")])
def test_the_old_form_of_get_carries_the_flag_after_the_id_where_the_profile_says_so(flag, written):
    options = {"bipro_version": "2.1.4.1.0", "consumer_id": "ABC_12345", "confirmed_flag": flag}
    request = requests.get_shipment(
        connection(OLD_FORM | {"get_confirmed_flag": True}, **options), Session(context_token(TOKEN)), SHIPMENT
    )
    transfer = "{http://www.bipro.net/namespace/transfer}"
    assert canonical(request.body)[-6:] == [
        (f"{transfer}GetShipment", [], ""),
        (f"{transfer}Request", [], ""),
        ("{http://www.bipro.net/namespace/allgemein}BiPROVersion", [], "2.1.4.1.0"),
        (f"{transfer}ConsumerID", [], "ABC_12345"),
        (f"{transfer}ID", [], SHIPMENT),
        (f"{transfer}BestaetigeLieferungen", [], written),
    ]
    assert request.soap_action == "urn:GetShipment"


def test_no_other_request_carries_the_flag_of_get():
    form = connection({"get_confirmed_flag": True})
    for request in (
        requests.list_shipments(form, Session(context_token(TOKEN))),
        requests.acknowledge_shipment(form, Session(context_token(TOKEN)), SHIPMENT),
        requests.get_shipment(connection(confirmed_flag="true"), Session(context_token(TOKEN)), SHIPMENT),
    ):
        assert b"BestaetigeLieferungen" not in request.body


@pytest.mark.parametrize(("example", "write"), [("26", requests.get_shipment), ("27", requests.acknowledge_shipment)])
def test_get_and_acknowledge_are_the_examples(example, write):
    written = write(connection(consumer_id="ABC_12345"), Session(context_token(TOKEN)), SHIPMENT)
    assert canonical(written.body) == canonical(message(example))


def test_the_consumer_id_may_stand_in_the_transfer_namespace():
    written = requests.list_shipments(
        connection({"consumer_namespace": "transfer"}, consumer_id="ABC_12345"), Session(context_token(TOKEN))
    )
    assert b"{http://www.bipro.net/namespace/transfer}ConsumerID" in repr(canonical(written.body)).encode()


@pytest.mark.parametrize(
    ("form", "action"),
    [({}, "urn:listShipments"), ({"operations": "capital"}, "urn:ListShipments"), ({"soap_action": "empty"}, "")],
)
def test_the_soap_action_is_the_forms(form, action):
    assert requests.list_shipments(connection(form), Session(context_token(TOKEN))).soap_action == action


def test_the_login_has_a_soap_action_of_its_own():
    assert issue(connection(), login()).soap_action == "urn:RequestSecurityToken"
    assert issue(connection({"sts_soap_action": ""}), login()).soap_action == ""


def test_every_value_is_escaped():
    evil = "<a>&amp;\r]]>\"'ü€"
    written = requests.get_shipment(
        connection(consumer_id=evil, bipro_version=evil), Session(context_token(evil)), evil
    )
    texts = [text for _, _, text in canonical(written.body) if text]
    assert texts == [evil] * 4


@pytest.mark.parametrize("password", ["a\x00b", "a\x1bb", "\x7f\x08", "\ud800", "\uffff"])
def test_a_password_that_xml_cannot_carry_is_refused_and_not_repeated(password):
    with pytest.raises(ConfigurationError) as caught:
        issue(connection(), login(password))
    assert password not in str(caught.value)


def test_the_digest_is_over_the_same_request_without_its_secret():
    one = issue(connection(), login("first"))
    other = issue(connection(), login("second"))
    assert one.body != other.body
    assert one.digest == other.digest == hashlib.sha256(one.body.replace(b"first", b"***")).hexdigest()


def test_the_digest_tells_other_requests_apart():
    token = Session(context_token(TOKEN))
    digests = {
        requests.get_shipment(connection(), token, "L-1").digest,
        requests.get_shipment(connection(), token, "L-2").digest,
        requests.acknowledge_shipment(connection(), token, "L-1").digest,
        issue(connection(), login(username="other")).digest,
        issue(connection(), login()).digest,
    }
    assert len(digests) == 5


def test_a_request_does_not_show_its_body():
    assert PASSWORD not in repr(issue(connection(), login()))
    assert TOKEN not in repr(requests.list_shipments(connection(), Session(context_token(TOKEN))))


def test_a_whole_pull_in_the_old_form_asks_and_understands(signed_in):
    signed_in.script(
        answer(message("36")),
        answer(message("40").replace(b"getShipmentResponse", b"GetShipmentResponse")),
        answer(message("50").replace(b"acknowledgeShipmentResponse", b"AcknowledgeShipmentResponse")),
    )
    client = signed_in.client(OLD_FORM | {"get_confirmed_flag": True}, bipro_version="2.1.4.1.0")
    assert [each.id for each in client.list_shipments().shipments] == ["L-2026-000036"]
    assert client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink).listed.id == SHIPMENT
    assert client.acknowledge(SHIPMENT).verdict is AckVerdict.CONFIRMED
    asked = [canonical(each.body) for each in signed_in.insurer.served[1:4]]
    transfer = "{http://www.bipro.net/namespace/transfer}"
    for request, name in zip(asked, ("ListShipments", "GetShipment", "AcknowledgeShipment"), strict=True):
        assert (f"{transfer}{name}", [], "") in request
        assert ("{http://www.bipro.net/namespace/allgemein}BiPROVersion", [], "2.1.4.1.0") in request

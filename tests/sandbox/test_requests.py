"""Each check that a real server makes is answered with its fault."""

import pytest

from bipro_sync.sandbox.process import serve


@pytest.fixture(scope="module")
def insurer(tmp_path_factory, mailbox):
    folder = tmp_path_factory.mktemp("insurer")
    (folder / "scenario.toml").write_text(mailbox, encoding="utf-8")
    with serve(folder / "scenario.toml", folder, tls=False) as insurer:
        yield insurer


@pytest.fixture
def client(insurer, client_class):
    client = client_class(insurer)
    assert client.login().status == 200
    yield client
    client.connection.close()


def envelope_with(body, security="", header=True):
    head = f"<s:Header>{security}</s:Header>" if header else ""
    return f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{head}<s:Body>{body}</s:Body></s:Envelope>'


def is_fault(reply, *codes):
    return reply.status == 500 and reply.codes() == list(codes) and b":Fault>" in reply.body


@pytest.mark.parametrize(
    "fields",
    [
        "<t:KategorieDerLieferung>100</t:KategorieDerLieferung><n:ConsumerID>A</n:ConsumerID>",
        "<t:BestaetigeLieferungen>true</t:BestaetigeLieferungen><t:KategorieDerLieferung>100</t:KategorieDerLieferung>",
        "<t:BestaetigeLieferungen>1</t:BestaetigeLieferungen>",
        "<t:BestaetigeLieferungen>True</t:BestaetigeLieferungen>",
        "<t:BestaetigeLieferungen> true </t:BestaetigeLieferungen>",
        "<t:KategorieDerLieferung>1000</t:KategorieDerLieferung>",
        "<t:KategorieDerLieferung>abc</t:KategorieDerLieferung>",
        "<n:ConsumerID>" + "C" * 51 + "</n:ConsumerID>",
        "<t:ConsumerID>A</t:ConsumerID>",
        "<n:KategorieDerLieferung>100</n:KategorieDerLieferung>",
        "<t:Unbekannt/>",
        "<t:ID>S-1</t:ID>",
        "<n:ConsumerID>A</n:ConsumerID><n:ConsumerID>A</n:ConsumerID>",
    ],
)
def test_a_list_request_that_breaks_the_schema_is_refused(client, fields):
    assert is_fault(client.list(fields), "00007")


def test_a_list_request_with_all_fields_in_order_is_accepted(client):
    reply = client.list(
        "<n:ConsumerID>" + "C" * 50 + "</n:ConsumerID><t:KategorieDerLieferung>140</t:KategorieDerLieferung>"
        "<t:BestaetigeLieferungen>false</t:BestaetigeLieferungen>"
    )
    assert (reply.status, reply.ids()) == (200, ["S-2"])


@pytest.mark.parametrize("version", ["2.6.1.1", "2.6.1.1.0.0", "2.6.1.1.x", "2.6.1.1.1000", ""])
def test_a_version_that_is_not_of_five_numbers_is_refused(client, version):
    assert is_fault(client.call("listShipments", version=version), "00007")


@pytest.mark.parametrize("shipment", ["", "X" * 26])
@pytest.mark.parametrize("operation", ["getShipment", "acknowledgeShipment"])
def test_an_id_must_have_one_to_twenty_five_characters(client, operation, shipment):
    assert is_fault(client.call(operation, f"<t:ID>{shipment}</t:ID>"), "00007")
    assert is_fault(client.call(operation), "00007")


def test_an_unknown_operation_is_refused(client):
    assert is_fault(client.call("setShipment"), "00007")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<open>",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    ],
)
def test_what_is_no_soap_request_is_refused_at_both_addresses(client, body):
    assert is_fault(client.post(client.sts_path, body), "00007")
    assert is_fault(client.post(client.transfer_path, body), "00007")


def test_soap_1_2_is_recognised_and_refused(client):
    body = b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>'
    reply = client.post(client.transfer_path, body)
    assert is_fault(reply, "00930")
    assert b"VersionMismatch" in reply.body


def test_an_operation_in_another_namespace_is_refused(client, make):
    body = make.call_body("listShipments", "").replace("namespace/transfer", "namespace/Transfer")
    assert is_fault(client.post(client.transfer_path, make.envelope(body, make.context_token(client.token))), "00007")


def test_each_defect_of_the_security_header_has_its_code(client, make):
    body = make.call_body("listShipments", "")
    wsse = f'xmlns:wsse="{make.WSSE}"'
    context = f'<wsc:SecurityContextToken xmlns:wsc="{make.WSC}">{{}}</wsc:SecurityContextToken>'
    cases = {
        envelope_with(body, header=False): ("00900", "00901"),
        envelope_with(body): ("00900", "00901"),
        envelope_with(body, "<other/>"): ("00900", "00905"),
        envelope_with(body, f"<wsse:Security {wsse}/>"): ("00900", "00906"),
        envelope_with(body, f"<wsse:Security {wsse}><other/></wsse:Security>"): ("00900", "00917"),
        envelope_with(body, f"<wsse:Security {wsse}>{context.format('')}</wsse:Security>"): ("00900", "00909"),
    }
    for request, codes in cases.items():
        assert is_fault(client.post(client.transfer_path, request.encode()), *codes)
    cases = {
        make.envelope(make.token_request(), "<other/>"): ("00900", "00908"),
        make.envelope(make.token_request(), "<wsse:UsernameToken/>"): ("00900", "00908"),
    }
    for request, codes in cases.items():
        assert is_fault(client.post(client.sts_path, request), *codes)


def test_a_request_for_something_else_than_a_token_is_refused(client, make):
    for old, new, code in [("sc/sct", "sc/dk", "00910"), ("trust/Issue", "trust/Renew", "00911")]:
        reply = client.login(body=make.token_request().replace(old, new))
        assert is_fault(reply, "00900", code)


VERSION = '<v:BiPROVersion xmlns:v="http://www.bipro.net/namespace/{}">2.1.6.1.0</v:BiPROVersion>'


@pytest.mark.parametrize("version", [VERSION.format("nachrichten"), VERSION.format("allgemein"), ""])
def test_every_known_form_of_login_is_understood(client, make, version):
    assert client.login(body=make.token_request(version)).status == 200


@pytest.mark.parametrize(
    ("form", "accepted"),
    [("standard", VERSION.format("nachrichten")), ("2.1.x", VERSION.format("allgemein"))],
)
def test_an_account_may_demand_one_form_of_login(start, make, form, accepted):
    client = start(f'[sts]\nform = "{form}"\n')
    for version in [VERSION.format("nachrichten"), VERSION.format("allgemein"), ""]:
        assert client.login(body=make.token_request(version)).status == (200 if version == accepted else 500)


def test_an_account_may_demand_vemas_form_with_its_addressing_header(start, make):
    client = start('[sts]\nform = "vema"\n')
    assert is_fault(client.login(body=make.token_request("")), "00007")
    action = (
        '<wsa:Action xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing/">'
        "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/SCT</wsa:Action>"
    )
    request = make.envelope(make.token_request(""), make.username_token("MAKLER-0815", "geheim & <erfunden>")).replace(
        b"<wsse:Security", action.encode() + b"<wsse:Security", 1
    )
    assert client.post(client.sts_path, request).status == 200


def test_the_capitalised_form_of_release_2_1_is_understood_and_answered_alike(client, make):
    body = (
        '<t:ListShipments xmlns:t="http://www.bipro.net/namespace/transfer"><t:Request>'
        '<a:BiPROVersion xmlns:a="http://www.bipro.net/namespace/allgemein">2.1.4.1.0</a:BiPROVersion>'
        "<t:ConsumerID>C</t:ConsumerID><t:BestaetigeLieferungen>false</t:BestaetigeLieferungen>"
        "</t:Request></t:ListShipments>"
    )
    reply = client.post(client.transfer_path, make.envelope(body, make.context_token(client.token)))
    assert reply.ids() == ["S-1", "S-2"]
    assert b"ListShipmentsResponse" in reply.body
    mixed = body.replace("namespace/allgemein", "namespace/nachrichten")
    assert is_fault(client.post(client.transfer_path, make.envelope(mixed, make.context_token(client.token))), "00007")


@pytest.mark.parametrize("flag", ["", "<t:BestaetigeLieferungen>false</t:BestaetigeLieferungen>"])
def test_fetching_in_the_form_of_release_2_1_may_carry_the_confirmed_flag(client, make, flag):
    body = (
        '<t:GetShipment xmlns:t="http://www.bipro.net/namespace/transfer"><t:Request>'
        '<a:BiPROVersion xmlns:a="http://www.bipro.net/namespace/allgemein">2.1.4.1.0</a:BiPROVersion>'
        f"<t:ID>S-1</t:ID>{flag}</t:Request></t:GetShipment>"
    )
    reply = client.post(client.transfer_path, make.envelope(body, make.context_token(client.token)))
    assert reply.ids() == ["S-1"]
    assert is_fault(client.call("getShipment", f"<t:ID>S-1</t:ID>{flag or '<t:Unbekannt/>'}"), "00007")


def test_a_request_sent_as_mtom_is_understood(client, make):
    root = make.envelope(make.call_body("listShipments", ""), make.context_token(client.token))
    body = b'--b1\r\nContent-Type: application/xop+xml; type="text/xml"\r\n\r\n' + root + b"\r\n--b1--\r\n"
    headers = {"Content-Type": 'multipart/related; type="application/xop+xml"; boundary="b1"; start-info="text/xml"'}
    assert client.post(client.transfer_path, body, "urn:listShipments", **headers).ids() == ["S-1", "S-2"]
    assert is_fault(client.post(client.transfer_path, body[:-20], "urn:listShipments", **headers), "00007")


def test_a_strict_insurer_demands_the_right_soap_action(start, make):
    client = start('[http]\nsoap_action = "strict"\n')
    assert client.login().status == 200
    assert client.list().status == 200
    request = make.envelope(make.call_body("listShipments", ""), make.context_token(client.token))
    assert is_fault(client.post(client.transfer_path, request, ""), "00930")
    assert is_fault(client.post(client.transfer_path, request, "urn:getShipment"), "00930")


def test_an_account_may_demand_its_consumer_id(start, make, account):
    client = start(account=account + 'consumer_id = "ABC_12345"\n')
    assert client.login().status == 200
    assert is_fault(client.list(), "00007")
    assert is_fault(client.list("<n:ConsumerID>ABC_54321</n:ConsumerID>"), "00007")
    assert client.list("<n:ConsumerID>ABC_12345</n:ConsumerID>").status == 200


def test_there_is_nothing_at_other_addresses(client):
    assert client.post("/elsewhere", b"").status == 404

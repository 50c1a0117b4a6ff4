from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bipro_sync.bipro.schema import Violation, explain, violations

from ..fixtures import MESSAGES, message


VALUE = "its value is not of the form that the norm gives it"
STRANGE = {"06", "36", "46"}
"""The fixtures that break the norm's form on purpose."""

ANSWERS = sorted(
    path.name[:2] for word in ("response", "fault") for path in MESSAGES.glob(f"*_{word}*.xml") if path.name[:2]
)


def rule(words):
    return f"it breaks the rule: {words}"


def test_there_are_answers_of_every_operation_to_look_at():
    assert {"04", "07", "30", "40", "50", "60"} < set(ANSWERS)


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - STRANGE))
def test_the_answers_of_the_norm_fit(name):
    assert violations(message(name)) == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("06", [Violation("RequestSecurityTokenResponse/Lifetime/Created", 9, VALUE)]),
        (
            "36",
            [
                Violation("ListShipmentsResponse/Response/Status", 7, rule("exactly one proper Zeitstempel")),
                Violation("ListShipmentsResponse/Response/Lieferung/AnzahlTransfers", 22, VALUE),
                Violation("ListShipmentsResponse/Response/Lieferung/Einstellzeitpunkt", 23, VALUE),
            ],
        ),
        (
            "46",
            [
                Violation(
                    f"getShipmentResponse/Response/Lieferung/Transfer/Datei{number}",
                    line,
                    rule("exactly one proper Komprimierungstyp"),
                )
                for number, line in (("", 8), ("[2]", 9), ("[3]", 10))
            ],
        ),
    ],
)
def test_what_does_not_fit_is_told_by_path_and_line(name, found):
    assert violations(message(name)) == tuple(found)


RESPONSE = "getShipmentResponse/Response"
SHIPMENT = f"{RESPONSE}/Lieferung"
FILE = f"{SHIPMENT}/Transfer/Datei"


@pytest.mark.parametrize(
    ("sent", "instead", "path", "what"),
    [
        ("<nac:StatusID>OK<", "<nac:StatusID>JA<", f"{RESPONSE}/Status/StatusID", VALUE),
        ("<nac:StatusID>OK</nac:StatusID>", "", f"{RESPONSE}/Status", rule("exactly one proper StatusID")),
        (
            "<nac:StatusID>OK</nac:StatusID>",
            "<nac:StatusID>OK</nac:StatusID><nac:StatusID>NOK</nac:StatusID>",
            f"{RESPONSE}/Status/StatusID[2]",
            rule("exactly one proper StatusID"),
        ),
        ("2026-03-02T09:00:05", "02.03.2026", f"{RESPONSE}/Status/Zeitstempel", VALUE),
        (">04000<", ">4000<", f"{RESPONSE}/Status/Meldung/MeldungID", VALUE),
        (">Hinweis<", ">Tipp<", f"{RESPONSE}/Status/Meldung/ArtID", VALUE),
        (">2.6.1.1.0<", ">2.6<", f"{RESPONSE}/BiPROVersion", VALUE),
        ("<tran:ID>L-2026-000017<", f"<tran:ID>{'L' * 26}<", f"{SHIPMENT}/ID", VALUE),
        ("<tran:ID>L-2026-000017</tran:ID>", "", SHIPMENT, rule("exactly one proper ID")),
        (">100007000</tran:Kategorie>", ">1000</tran:Kategorie>", f"{SHIPMENT}/Kategorie", VALUE),
        (">false</tran:EnthaeltNurDaten>", ">0</tran:EnthaeltNurDaten>", f"{SHIPMENT}/EnthaeltNurDaten", VALUE),
        ("<tran:AnzahlTransfers>1<", "<tran:AnzahlTransfers>-1<", f"{SHIPMENT}/AnzahlTransfers", VALUE),
        ("<tran:AnzahlTransfers>", "<tran:Sparte>30</tran:Sparte><tran:AnzahlTransfers>", f"{SHIPMENT}/Sparte", VALUE),
        (">Dokument<", ">pdf<", f"{FILE}/Dateityp", VALUE),
        (">KEINE<", ">GZIP<", f"{FILE}/Komprimierungstyp", VALUE),
        (
            "<allg:Komprimierungstyp>KEINE</allg:Komprimierungstyp>",
            "",
            FILE,
            rule("exactly one proper Komprimierungstyp"),
        ),
        (
            "<allg:DokumentartID>",
            "<allg:Pruefsumme><allg:Typ>CRC</allg:Typ><allg:Wert>1</allg:Wert></allg:Pruefsumme><allg:DokumentartID>",
            f"{FILE}/Pruefsumme/Typ",
            VALUE,
        ),
        (
            "<allg:DokumentartID>",
            "<allg:Pruefsumme><allg:Typ>MD5</allg:Typ></allg:Pruefsumme><allg:DokumentartID>",
            f"{FILE}/Pruefsumme",
            "it lacks an element, or holds one that does not belong there",
        ),
        (
            "<tran:Kategorie>",
            "ein Satz<tran:Kategorie>",
            SHIPMENT,
            "it holds text beside its elements, which stands in the envelope alone",
        ),
        ("http://schemas.xmlsoap.org/soap/envelope/", "urn:other", "Envelope", "it is no SOAP 1.1 envelope"),
    ],
)
def test_each_breach_of_the_form_is_named_and_its_value_is_not(sent, instead, path, what):
    envelope = message("40").decode()
    assert sent in envelope
    found = violations(envelope.replace(sent, instead).encode())
    assert any(each.path.endswith(path) and each.what.startswith(what) for each in found), found
    for value in ("JA", "02.03.2026", "Tipp", "L" * 26, "GZIP", "pdf", "ein Satz"):
        assert value not in "".join(map(str, found))


def test_two_shipments_of_one_id_are_told():
    envelope = message("30").replace(b"L-2026-000018", b"L-2026-000017")
    (found,) = violations(envelope)
    assert (found.path, found.what) == ("listShipmentsResponse/Response/Lieferung[2]", rule("each ID once"))


@pytest.mark.parametrize("name", [b"ID", b"Kategorie", b"AnzahlTransfers"])
def test_no_value_passes_for_a_rule_of_ours(name):
    sent = b"<tran:%s>identity-constraint '{}Erfunden-Name'</tran:%s><tran:Lieferung" % (name, name)
    found = violations(message("30").replace(b"<tran:Lieferung", sent, 1))
    assert [each.what for each in found] == [VALUE]


def shuffled(name, chance):
    root = etree.fromstring(message(name))
    (body,) = root.iter("{*}Body")
    for element in body.iterdescendants():
        if not element.tag.endswith(("Body", "Fault", "detail")):
            element[:] = chance.sample(list(element), len(element))
    return etree.tostring(root)


@given(st.sampled_from(["30", "40", "43", "48", "60", "04"]), st.randoms())
def test_the_order_of_elements_is_nobodys_business(name, chance):
    assert violations(shuffled(name, chance)) == ()


def test_unknown_elements_and_attributes_fit_everywhere():
    root = etree.fromstring(message("40"))
    (body,) = root.iter("{*}Body")
    for element in list(body.iterdescendants()):
        element.set("{urn:invented:new}merkmal", "1")
        if len(element):
            element.append(etree.Element("{urn:invented:new}Neu"))
            element.insert(0, etree.Element(f"{{{etree.QName(element).namespace}}}Erweiterung"))
    assert violations(etree.tostring(root)) == ()


def test_an_insurers_habit_is_told_a_hundred_times_at_most():
    shipment = "<t:Lieferung><t:ID>{0}</t:ID><t:Sparte>30</t:Sparte></t:Lieferung>"
    head, tail = message("31").decode().replace("tran:", "t:").replace(":tran", ":t").split("</t:Response>")
    envelope = head + "".join(map(shipment.format, range(300))) + "</t:Response>" + tail
    found = violations(envelope.encode())
    assert len(found) == 100
    assert found[99].path == "listShipmentsResponse/Response/Lieferung[100]/Sparte"


def test_a_default_namespace_changes_no_path():
    envelope = message("30").decode().replace("tran:", "").replace("xmlns:tran", "xmlns")
    bad = envelope.replace("<AnzahlTransfers>4<", "<AnzahlTransfers>vier<")
    assert [each.path for each in violations(bad.encode())] == [
        "listShipmentsResponse/Response/Lieferung[3]/AnzahlTransfers"
    ]


def test_what_cannot_be_checked_says_so():
    cut = message("30")[:-20]
    latin = message("30").replace(b' encoding="UTF-8"', b"").replace(b"erfunden", "für".encode("latin-1"))
    crowd = message("31").replace(b"</tran:Response>", b"<tran:ID>1</tran:ID>" * 20_001 + b"</tran:Response>")
    for envelope in (cut, latin, crowd, b""):
        (found,) = violations(envelope)
        assert found.path == ""
        assert found.what.startswith("not checked: ")


@pytest.fixture
def listener():
    """A socket that says whether anybody knocked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server
        with pytest.raises(TimeoutError):
            server.accept()


def test_an_answers_own_wishes_about_schemas_and_types_are_not_followed(listener):
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/schema.xsd"
    hints = (
        f'<tran:Lieferung xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true" xsi:type="nowhere:Type" '
        f'xmlns:nowhere="urn:nowhere" xsi:noNamespaceSchemaLocation="{address}" '
        f'xsi:schemaLocation="urn:nowhere {address}">'
    )
    envelope = message("40").replace(b"<tran:Lieferung>", hints.encode())
    assert violations(envelope) == ()
    (found,) = explain(envelope.replace(b">100007000</tran:K", b">1</tran:K"))
    assert found.path == f"{SHIPMENT}/Kategorie"


def test_nothing_outside_of_the_envelope_is_read(listener, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("L-2026-000017")
    for address in (secret.as_uri(), f"http://127.0.0.1:{listener.getsockname()[1]}/"):
        doctype = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}">]><'
        envelope = message("40").replace(b"\n<", b"\n" + doctype.encode(), 1).replace(b">L-2026-000017<", b">&e;<")
        assert [each.what for each in violations(envelope)] == ["not checked: it holds a DOCTYPE"]


def test_below_a_name_too_long_for_libxml2_a_violation_stands_where_the_name_does():
    name = b"tran:" + b"Q" * 200
    envelope = message("40").replace(b"tran:Transfer", name).replace(b"KEINE<", b"RAR<")
    assert name in envelope
    found = violations(envelope)
    assert found
    assert {each.path for each in found} == {"getShipmentResponse/Response/Lieferung"}


def test_threads_do_not_get_each_others_violations():
    envelopes = [message("46"), message("36"), message("40")] * 8
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(violations, envelopes))
    assert found == [violations(each) for each in envelopes]


INSERTED = (
    b"<",
    b"&amp;",
    b"&x;",
    b"]]>",
    b"<![CDATA[x]]>",
    b"<!-- -->",
    b'<a xmlns="">',
    b"<tran:ID/>",
    b"<?p i?>",
    b"\xff",
)


@given(st.sampled_from(ANSWERS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 20), st.sampled_from(INSERTED))))
def test_no_answer_whatever_breaks_the_check(name, changes):
    envelope = bytearray(message(name))
    for place, cut, inserted in changes:
        begin = int(place * len(envelope))
        envelope[begin : begin + cut] = inserted
    for found in violations(bytes(envelope)):
        assert str(found).endswith(found.what)

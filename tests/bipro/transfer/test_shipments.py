from __future__ import annotations

import contextlib
import hashlib
import itertools
import random
import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from xml.sax.saxutils import escape

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from bipro_sync.bipro.answers import Fault, response, soap_body
from bipro_sync.bipro.calls.call import Answer
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.bipro.transfer.shipments import fetched_shipment, listed_shipments
from bipro_sync.errors import InsurerError, MissingPartError, ProtocolError
from bipro_sync.model.ports import Operation
from bipro_sync.model.shipment import Checksum, Field, Status

from ..fixtures import http_parts, message
from ..recorders import Sink


STATUS = Status(ok=True, status_id="OK", process_id="", timestamp="", messages=())
TRANSFER = "http://www.bipro.net/namespace/transfer"
NEW = "urn:invented:new"


def received(data, content_type="text/xml"):
    sink = Sink()
    reader = MessageReader(MediaType.parse(content_type), sink)
    reader.feed(data)
    return sink, reader.finish()


def listed(data):
    _, received_message = received(data)
    return listed_shipments(soap_body(received_message.root).children[0])


def fetched(data, content_type="text/xml"):
    sink, received_message = received(data, content_type)
    answer = Answer(200, received_message, hashlib.sha256(data).hexdigest(), len(data))
    return sink, fetched_shipment(soap_body(received_message.root).children[0], STATUS, answer)


def test_a_list_is_read_with_its_holes():
    first, second, third = listed(message("30"))
    assert (first.id, first.category, first.data_only, first.transfer_count) == ("L-2026-000017", "100007000", False, 1)
    assert first.posted_at == datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
    assert second.id == "L-2026-000018"
    assert (third.category, third.posted_at, third.transfer_count) == (None, None, 4)
    assert [field.path for field in third.fields] == ["ID", "EnthaeltNurDaten", "AnzahlTransfers"]


def rewritten(data, chance):
    """The same answer with other prefixes, and the elements within each element in another order."""
    numbers = itertools.count()

    def write(element):
        name = etree.QName(element)
        namespaces = {chance.choice((None, f"x{next(numbers)}")): name.namespace} if name.namespace else {}
        written = etree.Element(element.tag, element.attrib, nsmap=namespaces)
        written.text = element.text
        children = [write(child) for child in element if isinstance(child.tag, str)]
        ordered = name.localname in {"Envelope", "Body", "Fault"}
        written.extend(children if ordered else chance.sample(children, len(children)))
        return written

    return etree.tostring(write(etree.fromstring(data)))


def leaves(fields):
    """What the fields say, whatever their order."""
    return sorted((field.name, field.value.strip(), field.namespace) for field in fields)


def meaning(data):
    """All that is read of an answer, whatever its order."""
    sink, received_message = received(data)
    content = soap_body(received_message.root)
    if isinstance(content, Fault):
        return sorted(content.codes)
    call = SimpleNamespace()
    operation = next(each for each in Operation if f"{each.value}Response".lower() == content.name.lower())
    element, status = response(call, Answer(200, received_message, "", 0), operation)
    shipments = [
        msgspec.structs.replace(shipment, fields=leaves(shipment.fields)) for shipment in listed_shipments(element)
    ]
    told = [sorted((each.kind, each.code, each.text, each.reference) for each in status.messages), status.ok]
    if operation is not Operation.GET or not status.ok:
        return sorted(map(repr, shipments)), told
    shipment = fetched_shipment(element, status, Answer(200, received_message, "", 0))
    files = [
        (file.name, sink.bytes_of(file.part) if file.part else file.link, sorted(file.document_types), file.checksum)
        for file in shipment.files
    ]
    transfers = [(transfer.type, leaves(transfer.fields)) for transfer in shipment.transfers]
    return (
        sorted(map(repr, shipments)),
        told,
        sorted(map(repr, files)),
        sorted(transfers, key=repr),
        leaves(shipment.answer),
    )


@pytest.mark.parametrize(
    "name", ["30", "31", "33", "36", "40", "41", "42", "43", "44", "45", "46", "47", "48", "50", "51", "60", "61"]
)
@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 1 << 32))
def test_an_answer_says_the_same_with_other_prefixes_and_in_another_order(name, seed):
    assert meaning(rewritten(message(name), random.Random(seed))) == meaning(message(name))


def test_unknown_elements_strange_prefixes_and_another_order_lose_nothing():
    (shipment,) = listed(message("36"))
    assert (shipment.id, shipment.line, shipment.delivery_type, shipment.periodic) == (
        "L-2026-000036",
        "050",
        "1001",
        True,
    )
    assert shipment.available_until == date(2026, 5, 31)
    assert (shipment.posted_at, shipment.transfer_count, shipment.data_only) == (None, None, None)
    assert shipment.fields == (
        Field("Huelle/VerfuegbarBis", "2026-05-31", NEW),
        Field("Huelle/Merkmal", "eins", NEW),
        Field("Huelle/Merkmal[2]", "zwei", NEW),
        Field("Huelle/Merkmal[3]", "", NEW),
        Field("AnzahlTransfers", "viele", TRANSFER),
        Field("Einstellzeitpunkt", "gestern", TRANSFER),
        Field("PeriodischeLieferung", "true", TRANSFER),
        Field("Sparte", "050", TRANSFER),
        Field("ArtDerLieferung", "1001", TRANSFER),
        Field("ID", "L-2026-000036", TRANSFER),
    )


@pytest.mark.parametrize("identifier", [b"", b"<t:ID/>", b"<t:ID>  </t:ID>", b"<x><t:ID>deep</t:ID></x>"])
def test_a_shipment_without_id_is_an_error(identifier):
    body = b'<r xmlns:t="%s"><t:Lieferung>%s</t:Lieferung></r>' % (TRANSFER.encode(), identifier)
    _, received_message = received(body)
    with pytest.raises(ProtocolError, match="ID"):
        listed_shipments(received_message.root)


@pytest.mark.parametrize(("length", "believed"), [(25, True), (255, True), (256, False)])
def test_an_id_of_absurd_length_is_an_error(length, believed):
    body = b'<r xmlns:t="%s"><t:Lieferung><t:ID>%s</t:ID></t:Lieferung></r>' % (TRANSFER.encode(), b"x" * length)
    _, received_message = received(body)
    with contextlib.nullcontext() if believed else pytest.raises(ProtocolError, match="longer than 255"):
        assert [each.id for each in listed_shipments(received_message.root)] == ["x" * length]


@pytest.mark.parametrize("example", ["40", "41"])
def test_an_inline_file_is_the_mtom_files_twin(example):
    head, body = http_parts("70")
    inline_sink, inline = fetched(message(example))
    mtom_sink, mtom = fetched(body, head["Content-Type"])
    (one,), (other,) = inline.files, mtom.files
    assert inline_sink.bytes_of(one.part) == mtom_sink.bytes_of(other.part)
    assert inline_sink.bytes_of(one.part).endswith(b"%%EOF\r\n")
    assert (one.name, one.media_type, one.file_type, one.document_types, one.compression) == (
        "Police_0815.pdf",
        "application/pdf",
        "Dokument",
        ("Police",),
        "KEINE",
    )
    assert (mtom.received, mtom.response_sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert inline.unreferenced == mtom.unreferenced == ()


def test_the_transfers_type_is_kept_without_its_prefix():
    assert fetched(message("40"))[1].transfers[0].type == "CT_GeVoTransfer"
    assert fetched(message("41"))[1].transfers[0].type is None


def test_a_shipment_of_data_only_has_fields_and_no_file():
    _, shipment = fetched(message("42"))
    assert shipment.files == ()
    assert shipment.listed.data_only is True
    assert ("Freitext", "Neue Anschrift (erfunden)") in [(f.path, f.value) for f in shipment.transfers[0].fields]


def test_a_zip_stays_a_zip():
    sink, shipment = fetched(message("43"))
    assert sink.bytes_of(shipment.files[0].part).startswith(b"PK\x03\x04")
    assert (shipment.files[0].compression, shipment.files[0].file_type) == ("ZIP", "Nettodaten")


def test_a_link_is_kept_and_never_followed():
    _, shipment = fetched(message("44"))
    (file,) = shipment.files
    assert file.part is None
    assert file.link == "https://dateien.example.invalid/abc"
    assert file.checksum == Checksum("SHA1", "91f35e9dbed2cd2d2fe718db8bfba63ad8b1f809")


def test_an_empty_data_element_beside_a_link_is_no_empty_file():
    data = message("44").replace(b"<allg:Datenlink>", b"<allg:Daten/><allg:Datenlink>")
    _, shipment = fetched(data)
    assert shipment.files[0].part is None
    assert len(shipment.unreferenced) == 1


def test_files_of_one_name_without_name_and_without_bytes_stay_apart():
    sink, shipment = fetched(message("46"))
    assert [(file.name, sink.bytes_of(file.part)) for file in shipment.files] == [
        ("Anlage.txt", b"eins"),
        ("Anlage.txt", b""),
        (None, b"drei"),
    ]


WHOLE = b"""
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<t:getShipmentResponse xmlns:t="http://www.bipro.net/namespace/transfer" xmlns:b="http://www.bipro.net/namespace/basis"
  xmlns:n="http://www.bipro.net/namespace/nachrichten" xmlns:a="http://www.bipro.net/namespace/allgemein"
  xmlns:g="http://www.bipro.net/namespace/gevo" xmlns:m="http://www.w3.org/2005/05/xmlmime" xmlns:new="urn:invented:new"
  xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
<t:Response new:knoten="7"><b:Erweiterung><new:Spur>s-1</new:Spur></b:Erweiterung>
<n:BiPROVersion>2.6.1.1.0</n:BiPROVersion><n:ConsumerID>ABC_12345</n:ConsumerID>
<n:Status><n:ProzessID>p-1</n:ProzessID><n:Zeitstempel>2026-03-02T09:00:05</n:Zeitstempel><n:StatusID>OK</n:StatusID>
<n:Gueltigkeitsende>2026-04-01</n:Gueltigkeitsende><n:Schwebe>false</n:Schwebe>
<n:Meldung><n:ArtID>Hinweis</n:ArtID><n:MeldungID>04000</n:MeldungID><n:Text>gut</n:Text></n:Meldung>
<n:Meldung><n:ArtID>Warnung</n:ArtID><n:MeldungID>00010</n:MeldungID><n:Quelle>/a/b</n:Quelle>
<n:Identifikationsnummer>I-9</n:Identifikationsnummer></n:Meldung></n:Status>
<new:Lieferung><new:ID>not ours</new:ID></new:Lieferung>
<t:Lieferung><t:ID kind="x">L-1</t:ID><t:Kategorie/><new:Transfer><new:Wort>eins</new:Wort></new:Transfer>
<t:Transfer i:type="g:CT_GeVoTransfer"><b:Erweiterung><b:Art>zwei</b:Art></b:Erweiterung>
<g:Datei><a:DateiID>D-1</a:DateiID><a:Dateiname>a.txt</a:Dateiname>
<a:Daten m:contentType="text/plain">ZWlucw==</a:Daten>
<a:Komprimierungstyp>KEINE</a:Komprimierungstyp><a:Erstelldatum>2026-03-01</a:Erstelldatum>
<a:DokumentartID>Police</a:DokumentartID><a:Kurzbeschreibung>kurz</a:Kurzbeschreibung><a:Bezeichnung>lang</a:Bezeichnung>
<a:Dateikennung>K-1</a:Dateikennung><a:Vertraulich>01</a:Vertraulich><a:IstEingangspost>true</a:IstEingangspost>
<a:Quelle>Postkorb</a:Quelle><a:Leer/></g:Datei></t:Transfer></t:Lieferung>
</t:Response></t:getShipmentResponse></e:Body></e:Envelope>"""


def test_all_that_an_answer_says_beside_its_shipment_is_kept():
    _, shipment = fetched(WHOLE)
    assert [(field.path, field.value) for field in shipment.answer] == [
        ("@knoten", "7"),
        ("Erweiterung/Spur", "s-1"),
        ("BiPROVersion", "2.6.1.1.0"),
        ("ConsumerID", "ABC_12345"),
        ("Status/ProzessID", "p-1"),
        ("Status/Zeitstempel", "2026-03-02T09:00:05"),
        ("Status/StatusID", "OK"),
        ("Status/Gueltigkeitsende", "2026-04-01"),
        ("Status/Schwebe", "false"),
        ("Status/Meldung/ArtID", "Hinweis"),
        ("Status/Meldung/MeldungID", "04000"),
        ("Status/Meldung/Text", "gut"),
        ("Status/Meldung[2]/ArtID", "Warnung"),
        ("Status/Meldung[2]/MeldungID", "00010"),
        ("Status/Meldung[2]/Quelle", "/a/b"),
        ("Status/Meldung[2]/Identifikationsnummer", "I-9"),
        ("Lieferung/ID", "not ours"),
    ]
    assert shipment.answer[0].namespace == NEW


def test_attributes_extensions_empty_elements_and_namesakes_of_the_norms_elements_are_kept():
    _, shipment = fetched(WHOLE)
    assert [(field.path, field.value) for field in shipment.listed.fields] == [
        ("ID", "L-1"),
        ("ID/@kind", "x"),
        ("Kategorie", ""),
        ("Transfer/Wort", "eins"),
    ]
    (transfer,) = shipment.transfers
    assert [(field.path, field.value) for field in transfer.fields] == [
        ("@type", "g:CT_GeVoTransfer"),
        ("Erweiterung/Art", "zwei"),
        ("Datei/DateiID", "D-1"),
        ("Datei/Dateiname", "a.txt"),
        ("Datei/Daten/@contentType", "text/plain"),
        ("Datei/Komprimierungstyp", "KEINE"),
        ("Datei/Erstelldatum", "2026-03-01"),
        ("Datei/DokumentartID", "Police"),
        ("Datei/Kurzbeschreibung", "kurz"),
        ("Datei/Bezeichnung", "lang"),
        ("Datei/Dateikennung", "K-1"),
        ("Datei/Vertraulich", "01"),
        ("Datei/IstEingangspost", "true"),
        ("Datei/Quelle", "Postkorb"),
        ("Datei/Leer", ""),
    ]


@pytest.mark.parametrize("name", ["30", "36", "40", "41", "42", "43", "44", "45", "46", "48", "50"])
def test_nothing_of_any_answer_is_lost_but_the_bytes_of_files(name):
    said = etree.fromstring(message(name)).find(".//{*}Response")
    for data in list(said.iter("{*}Daten")):
        data.text = None
    kept = soap_body(received(message(name))[1].root).child("Response").record().fields
    texts = [text.strip() for text in said.itertext() if text.strip()]
    texts += [value for element in said.iter() for value in element.attrib.values()]
    assert sorted(texts) == sorted(field.value.strip() for field in kept if field.value.strip())


def test_the_norms_own_place_of_a_value_counts_for_more_than_any_other():
    body = (
        f'<r xmlns:t="{TRANSFER}" xmlns:new="{NEW}"><t:Lieferung><new:Kategorie>x</new:Kategorie>'
        "<new:Huelle><new:Sparte>x</new:Sparte><new:VerfuegbarBis>2026-05-31</new:VerfuegbarBis></new:Huelle>"
        "<t:Sparte>050</t:Sparte><t:Kategorie>100007000</t:Kategorie><new:ID>x</new:ID><t:ID>L-1</t:ID>"
        "</t:Lieferung></r>"
    )
    (shipment,) = listed_shipments(received(body.encode())[1].root)
    assert (shipment.id, shipment.category, shipment.line) == ("L-1", "100007000", "050")
    assert shipment.available_until == date(2026, 5, 31)


def test_every_field_of_every_transfer_is_kept_but_the_bytes():
    _, shipment = fetched(message("48"))
    assert [[(field.path, field.value) for field in transfer.fields] for transfer in shipment.transfers] == [
        [
            ("Vorgangsnummer", "V-1"),
            ("Vermittler/Vermittlernummer", "0815"),
            ("Vermittler[2]/Vermittlernummer", "0816"),
        ],
        [
            ("Datei/Dateiname", "Beleg.txt"),
            ("Datei/Komprimierungstyp", "KEINE"),
            ("Datei/DokumentartID", "Rechnung"),
            ("Datei/DokumentartID[2]", "Sonstiges"),
            ("Datei/Pruefsumme/Typ", "MD5"),
            ("Datei/Pruefsumme/Wert", "dc6c5dd6b2ef5f2d9b4e0e6ba8c1d6a0"),
        ],
        [("Unbekannt/Tief", "ü&")],
    ]
    assert [file.transfer for file in shipment.files] == [1]
    assert shipment.files[0].document_types == ("Rechnung", "Sonstiges")


def test_attachments_are_tied_by_their_name_and_never_by_order():
    head, body = http_parts("71")
    sink, shipment = fetched(body, head["Content-Type"])
    assert [(file.name, sink.bytes_of(file.part)[:4]) for file in shipment.files] == [
        ("Zwei-Übersicht.bin", b"\r\n\x00\x1a"),
        ("Eins.txt", b"eins"),
        ("Kopie.txt", b"eins"),
        ("Leer.txt", b""),
    ]
    assert shipment.files[1].part is shipment.files[2].part
    assert [sink.bytes_of(part) for part in shipment.unreferenced] == [b"nobody names me"]


def test_an_announced_file_that_is_not_there_is_an_error():
    head, body = http_parts("74")
    with pytest.raises(MissingPartError):
        fetched(body, head["Content-Type"])


@pytest.mark.parametrize(
    "reference",
    [b"http://evil.invalid/a", b"file:///etc/passwd", b"", b"cid:", b"cid:Att-1@bipro.example.invalid"],
)
def test_a_reference_to_anything_but_a_part_of_the_message_is_an_error(reference):
    head, body = http_parts("70")
    with pytest.raises(MissingPartError):
        fetched(body.replace(b"cid:att-1@bipro.example.invalid", reference), head["Content-Type"])


def test_a_file_element_without_bytes_and_link_is_an_error():
    data = message("46").replace(b"<a:Daten/>", b"")
    with pytest.raises(MissingPartError):
        fetched(data)


@pytest.mark.parametrize("times", [0, 2])
def test_an_answer_with_no_or_two_shipments_is_an_error(times):
    data = message("42")
    begin, end = data.index(b"<tran:Lieferung>"), data.index(b"</tran:Lieferung>") + len(b"</tran:Lieferung>")
    with pytest.raises(ProtocolError, match="where one was asked for"):
        fetched(data[:begin] + data[begin:end] * times + data[end:])


TEXTS = st.one_of(
    st.sampled_from(["", "  ", "L-1", "UVVJ", "true", "0", "9" * 30, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00"]),
    st.datetimes().map(str),
    st.text(max_size=9).map(escape),
)
LEAF_NAMES = ("ID", "Einstellzeitpunkt", "VerfuegbarBis", "AnzahlTransfers", "EnthaeltNurDaten", "Daten", "Datenlink")
LEAVES = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(LEAF_NAMES), TEXTS) | st.just(
    '<Daten><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:%"/></Daten>'
)
TREES = st.recursive(
    LEAVES,
    lambda below: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(["Transfer", "Datei", "Lieferung", "Pruefsumme", "Unbekannt"]),
        st.lists(below, max_size=4).map("".join),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.lists(TREES, max_size=6).map("".join))
@example("9999-12-31T23:59:59Z", "", "")
def test_only_our_errors_leave_whatever_stands_in_a_shipment(until, count, content):
    known = f"<ID>L-1</ID><VerfuegbarBis>{until}</VerfuegbarBis><AnzahlTransfers>{count}</AnzahlTransfers>"
    body = f'<r xmlns="{TRANSFER}"><Lieferung>{known}{content}</Lieferung></r>'.encode()
    with contextlib.suppress(InsurerError):
        _, received_message = received(body)
        assert listed_shipments(received_message.root)
        answer = Answer(200, received_message, "", len(body))
        assert fetched_shipment(received_message.root, STATUS, answer).listed.id == "L-1"


ONE = b"<t:Lieferung><t:ID>L-1</t:ID></t:Lieferung>"
RESPONSE = b"<t:Response>%s</t:Response>"


@pytest.mark.parametrize(
    "content",
    [
        RESPONSE % b"" + ONE,
        RESPONSE % ONE + RESPONSE % ONE,
        b"<t:Responses>" + RESPONSE % ONE + b"</t:Responses>" + RESPONSE % ONE,
        RESPONSE % (ONE + b'<x:Lieferung xmlns:x="urn:invented"><x:ID>L-2</x:ID></x:Lieferung>'),
        RESPONSE % (ONE + b"<t:Liste>" + ONE + b"</t:Liste>"),
        RESPONSE % ONE.replace(b"</t:ID>", b"</t:ID>" + ONE),
    ],
    ids=["beside Response", "in a second Response", "in a wrapped Response", "foreign", "in a wrapper", "nested"],
)
def test_a_list_that_holds_more_shipments_than_the_norms_place_does_is_an_error(content):
    body = b'<t:listShipmentsResponse xmlns:t="%s">%s</t:listShipmentsResponse>' % (TRANSFER.encode(), content)
    data = b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>%s</e:Body></e:Envelope>' % body
    _, received_message = received(data)
    with pytest.raises(ProtocolError, match="none of the norm"):
        listed_shipments(soap_body(received_message.root).child("Response"))


@pytest.mark.parametrize(
    ("named", "address"),
    [
        (b"a%20b@c", b"a%2520b@c"),
        (b"a%20b@c", b"a%20b@c"),
        (b"a b@c", b"a%20b@c"),
        (b"a%20b@c", b"a b@c"),
    ],
    ids=["escaped by the rfc", "as it stands", "unescaped", "escaped in the header alone"],
)
def test_a_content_id_with_a_percent_sign_is_found_as_it_stands_and_as_the_rfc_escapes_it(named, address):
    head, body = http_parts("70")
    (reference,) = re.findall(rb'href="cid:([^"]*)"', body)
    root, part = re.findall(rb"Content-ID: <([^>]*)>", body)
    data = body.replace(b"<" + part + b">", b"<" + named + b">").replace(b"cid:" + reference, b"cid:" + address)
    sink, shipment = fetched(data, head["Content-Type"])
    assert sink.bytes_of(shipment.files[0].part).endswith(b"%%EOF\r\n")
    assert root != part


def test_of_two_parts_the_one_whose_name_is_the_very_same_counts():
    head, body = http_parts("70")
    (reference,) = re.findall(rb'href="cid:([^"]*)"', body)
    boundary = MediaType.parse(head["Content-Type"]).parameters["boundary"].encode()
    _, part = re.findall(rb"Content-ID: <([^>]*)>", body)
    more = b"--" + boundary + b"\r\nContent-ID: <a b@c>\r\n\r\nanother\r\n--" + boundary + b"--"
    data = body.replace(b"--" + boundary + b"--", more)
    data = data.replace(b"<" + part + b">", b"<a%20b@c>").replace(b"cid:" + reference, b"cid:a%20b@c")
    sink, shipment = fetched(data, head["Content-Type"])
    assert sink.bytes_of(shipment.files[0].part).endswith(b"%%EOF\r\n")
    assert [sink.bytes_of(each) for each in shipment.unreferenced] == [b"another"]

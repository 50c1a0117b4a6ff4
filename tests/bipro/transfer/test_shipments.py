from __future__ import annotations

import contextlib
import hashlib
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bipro_sync.bipro.answers import soap_body
from bipro_sync.bipro.calls.call import Answer
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.bipro.transfer.shipments import fetched_shipment, listed_shipments
from bipro_sync.errors import InsurerError, MissingPartError, ProtocolError
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

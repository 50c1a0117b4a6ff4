from __future__ import annotations

import pytest

from bipro_sync.bipro.schema import CheckedSink
from bipro_sync.bipro.schema.remarks import MAX_CHECKED

from ..fixtures import SHIPMENT, answer, message
from ..recorders import Sink


def passed(checked, *pieces):
    writer = checked.envelope()
    for piece in pieces:
        writer.write(piece)
    return writer.finish()


@pytest.fixture
def sink():
    return Sink()


def test_every_byte_reaches_the_sink_and_what_it_answers_comes_back(sink):
    checked = CheckedSink(sink)
    data = message("46")
    envelope = passed(checked, data[:100], b"", data[100:])
    part = checked.part()
    part.write(b"file")
    assert (sink.bytes_of(envelope), sink.bytes_of(part.finish())) == (data, b"file")


def test_an_answer_that_fits_needs_no_remark_and_no_answer_neither(sink):
    checked = CheckedSink(sink)
    assert checked.remarks() == ()
    passed(checked, message("40"))
    assert checked.remarks() == ()


def test_the_first_places_are_told_and_the_others_counted(sink):
    checked = CheckedSink(sink)
    passed(checked, message("46"))
    assert len(checked.remarks()) == 3
    passed(checked, message("46").replace(b">OK<", b">Gut<").replace(b"T09:", b" 09:"))
    remarks = checked.remarks()
    assert remarks[0].startswith("schema: line 5: getShipmentResponse/Response/Status/Zeitstempel: its value")
    assert "Gut" not in "".join(remarks)
    assert remarks[3:] == ("schema: 4 further place(s)",)
    many = message("31").replace(
        b"</tran:Response>", b"<tran:ConsumerID>%s</tran:ConsumerID></tran:Response>" % (b"1" * 51)
    )
    passed(checked, many.replace(b"<tran:ConsumerID>", b"<tran:Sparte>3</tran:Sparte>" * 200 + b"<tran:ConsumerID>"))
    assert checked.remarks()[3] == "schema: 97 further place(s) at least"


def test_only_the_last_envelope_counts_and_only_once(sink):
    checked = CheckedSink(sink)
    passed(checked, message("46"))
    passed(checked, message("40"))
    assert checked.remarks() == ()
    passed(checked, message("46"))
    assert checked.remarks() != ()
    assert checked.remarks() == ()


def test_an_answer_that_did_not_count_is_forgotten_on_both_sides(sink):
    checked = CheckedSink(sink)
    passed(checked, message("46"))
    checked.restart()
    assert checked.remarks() == ()


def test_a_large_envelope_passes_and_says_that_it_was_not_checked(sink):
    checked = CheckedSink(sink)
    spooled = passed(checked, message("46"), bytes(MAX_CHECKED), b"more")
    assert spooled.size > MAX_CHECKED
    assert checked.remarks() == ("schema: not checked: it is larger than 8 MiB",)


def test_the_client_gives_each_answer_with_its_remarks(signed_in):
    signed_in.script(answer(message("30")), answer(message("36")), answer(message("40")), answer(message("46")))
    client = signed_in.client()
    assert client.list_shipments().remarks == ()
    assert len(client.list_shipments().remarks) == 3
    assert client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink).remarks == ()
    remarks = client.fetch(SHIPMENT, exchange="mail", sink=signed_in.sink).remarks
    assert remarks[0] == (
        "schema: line 8: getShipmentResponse/Response/Lieferung/Transfer/Datei: "
        "it breaks the rule: exactly one proper Komprimierungstyp"
    )

"""Everything that can be scripted happens, on the call it was meant for, and stands in the log."""

import hashlib
import http.client
import json
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest


NAC = "{http://www.bipro.net/namespace/nachrichten}"


def rule(**keys):
    """Return one entry of the script."""
    return "[[misbehave]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


@pytest.fixture
def begin(start):
    """Starts an insurer with a script and logs in."""

    def run(*rules, more=""):
        client = start(more + "".join(rules))
        assert client.login().status == 200
        return client

    return run


def fired(client):
    """Return the misbehaviours in the log, by call."""
    return [
        (call["operation"], call.get("shipment"), call["fired"]) for call in client.insurer.calls() if call["fired"]
    ]


def test_an_entry_hits_its_shipment_from_the_nth_call_on_and_so_often(begin):
    client = begin(rule(on="getShipment", shipment="S-2", nth=2, times=2, do="nok", code="04003"))
    assert [client.get("S-1").status_id() for _ in range(4)] == ["OK"] * 4
    assert [client.get("S-2").status_id() for _ in range(4)] == ["OK", "NOK", "NOK", "OK"]
    assert fired(client) == [("getShipment", "S-2", ["nok"])] * 2


def test_several_things_go_wrong_on_one_call(begin):
    client = begin(
        rule(on="getShipment", do="wrong-count", count=7),
        rule(on="getShipment", do="other-id", id="S-99"),
        rule(on="getShipment", do="wrong-checksum"),
    )
    reply = client.get("S-2")
    assert reply.ids() == ["S-99"]
    assert b"AnzahlTransfers>7<" in reply.body
    assert fired(client) == [("getShipment", "S-2", ["wrong-checksum", "other-id", "wrong-count"])]


def test_a_connection_may_end_before_anything_is_done(begin):
    client = begin(rule(on="acknowledgeShipment", times=1, do="close"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.acknowledge("S-1")
    assert client.list().ids() == ["S-1", "S-2"]
    assert fired(client) == [("acknowledgeShipment", "S-1", ["close"])]
    assert "status" not in client.insurer.calls()[1]


def test_an_acknowledgements_answer_may_be_lost_after_it_was_done(begin):
    client = begin(rule(on="acknowledgeShipment", times=1, do="lose-answer"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.acknowledge("S-1")
    assert client.list().ids() == ["S-2"]
    assert client.acknowledge("S-1").codes() == ["04003"]
    assert fired(client) == [("acknowledgeShipment", "S-1", ["lose-answer"])]


@pytest.mark.parametrize(("status", "after"), [(429, 7), (503, None), (599, None)])
def test_an_http_status_without_soap(begin, status, after):
    wish = {} if after is None else {"retry_after": after}
    client = begin(rule(on="listShipments", times=1, do="status", status=status, **wish))
    reply = client.list()
    assert (reply.status, reply.headers["Retry-After"]) == (status, None if after is None else str(after))
    assert client.list().status == 200
    assert fired(client) == [("listShipments", None, ["status"])]


@pytest.mark.parametrize("status", [200, 500])
def test_a_web_page_instead_of_an_answer(begin, status):
    client = begin(rule(on="listShipments", do="html", status=status))
    reply = client.list()
    assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert b"<html>" in reply.body
    assert fired(client) == [("listShipments", None, ["html"])]


@pytest.mark.parametrize("codes", [["00960", "00961"], ["00964"], ["00965"], ["00966"], ["00940"], []])
def test_a_scripted_fault_at_login_counts_nothing(start, codes):
    client = start(rule(on="login", times=3, do="fault", codes=codes))
    for _ in range(3):
        reply = client.login("falsch")
        assert (reply.status, reply.codes()) == (500, codes)
    assert client.login().status == 200
    assert fired(client) == [("login", None, ["fault"])] * 3


def test_a_fault_may_lack_its_detail(begin):
    client = begin(rule(on="getShipment", do="fault", codes=["00940"], detail=False))
    reply = client.get("S-1")
    assert reply.status == 500
    assert b"<detail></detail>" in reply.body
    assert reply.codes() == []
    assert client.insurer.calls()[-1]["codes"] == ["00940"]


@pytest.mark.parametrize(
    ("operation", "code"), [("listShipments", "04001"), ("getShipment", "04006"), ("acknowledgeShipment", "04004")]
)
def test_a_nok_for_any_operation(begin, operation, code):
    client = begin(rule(on=operation, do="nok", code=code))
    reply = client.call(operation, "" if operation == "listShipments" else "<t:ID>S-1</t:ID>")
    assert (reply.status, reply.status_id(), reply.codes()) == (200, "NOK", [code])
    assert client.insurer.calls()[-1]["fired"] == ["nok"]


def test_the_clock_may_jump_so_that_tokens_expire(begin):
    client = begin(rule(on="getShipment", times=1, do="clock-jump", seconds=3600))
    assert client.list().status == 200
    assert client.get("S-1").codes() == ["00960", "00962"]
    assert client.login().status == 200
    assert client.get("S-1").status == 200
    assert fired(client) == [("getShipment", "S-1", ["clock-jump"])]


def test_tokens_may_be_forgotten(begin):
    client = begin(rule(on="listShipments", nth=2, times=1, do="forget-tokens"))
    assert [client.list().status for _ in range(3)] == [200, 500, 500]
    client.login()
    assert client.list().status == 200


def test_the_account_may_be_locked_from_outside(begin):
    client = begin(rule(on="listShipments", times=1, do="lock"))
    assert client.list().status == 200
    assert client.login().codes() == ["00964"]
    assert client.insurer.calls()[1]["effects"] == ["locked"]


def test_a_shipment_may_vanish_between_list_and_get(begin):
    client = begin(rule(on="getShipment", shipment="S-1", do="vanish"))
    assert client.list().ids() == ["S-1", "S-2"]
    assert client.get("S-1").codes() == ["04003"]
    assert client.list().ids() == ["S-2"]
    assert client.insurer.calls()[2]["effects"] == ["vanished"]


def test_acknowledged_shipments_may_be_listed_again(begin):
    client = begin(rule(on="listShipments", nth=2, do="relist"))
    client.acknowledge("S-1")
    assert client.list().ids() == ["S-2"]
    assert client.list().ids() == ["S-1", "S-2"]
    assert fired(client) == [("listShipments", None, ["relist"])]


def test_the_number_of_transfers_may_be_wrong_in_list_and_answer(begin):
    client = begin(
        rule(on="listShipments", do="wrong-count", count=5), rule(on="getShipment", do="wrong-count", count=6)
    )
    assert client.list().body.count(b"AnzahlTransfers>5<") == 2
    assert client.get("S-2").body.count(b"AnzahlTransfers>6<") == 1


def test_the_same_id_may_bring_other_bytes(begin):
    client = begin(rule(on="getShipment", shipment="S-1", nth=2, do="other-bytes"))
    ((_, first),) = client.get("S-1").files()
    ((_, second),) = client.get("S-1").files()
    assert first != second
    logged = [call["files"][0]["sha256"] for call in client.insurer.calls() if call["operation"] == "getShipment"]
    assert logged == [hashlib.sha256(data).hexdigest() for data in (first, second)]


def test_a_checksum_may_be_wrong_where_one_was_asked_for_and_where_not(begin):
    client = begin(rule(on="getShipment", do="wrong-checksum"))
    for shipment in ("S-1", "S-2"):
        reply = client.get(shipment)
        told = reply.xml().find(".//{http://www.bipro.net/namespace/allgemein}Wert").text
        ((_, data),) = reply.files()
        assert told != hashlib.sha1(data).hexdigest()


def test_right_checksums_are_right(begin):
    reply = begin().get("S-1")
    told = reply.xml().find(".//{http://www.bipro.net/namespace/allgemein}Wert").text
    assert told == hashlib.sha1("Grüße\r\n".encode()).hexdigest()


@pytest.mark.parametrize(("action", "parts"), [("missing-part", 0), ("wrong-part", 1)])
def test_the_part_that_is_announced_may_not_be_there(begin, action, parts):
    client = begin(rule(on="getShipment", times=1, do=action))
    reply = client.get("S-1")
    assert len(reply.parts()[1]) == parts
    with pytest.raises(KeyError):
        reply.files()
    assert len(client.get("S-1").files()) == 1
    assert fired(client) == [("getShipment", "S-1", [action])]
    assert [len(call["files"]) for call in client.insurer.calls()[1:]] == [parts, 1]


def test_a_part_that_cannot_be_missing_is_not_noted_as_missing(begin):
    client = begin(rule(on="getShipment", do="missing-part"), more='[transfer]\nframing = "inline"\n')
    assert len(client.get("S-1").files()) == 1
    assert fired(client) == []


def test_an_answer_may_begin_with_a_doctype(begin):
    client = begin(rule(on="listShipments", do="doctype"), rule(on="getShipment", do="doctype"))
    for reply in (client.list(), client.get("S-1")):
        assert b"?>\n<!DOCTYPE " in reply.body
        ET.fromstring(reply.parts()[0])
    assert [each[2] for each in fired(client)] == [["doctype"], ["doctype"]]


@pytest.mark.parametrize("more", ["", "[http]\nchunked = true\n"])
def test_a_body_may_be_cut_so_that_http_can_tell(begin, more):
    client = begin(rule(on="getShipment", times=1, do="truncate", keep=0.3), more=more)
    with pytest.raises(http.client.IncompleteRead):
        client.get("S-2")
    client.connection.close()
    assert client.get("S-2").status == 200
    first, second = [call for call in client.insurer.calls() if call["operation"] == "getShipment"]
    assert first["fired"] == ["truncate"]
    assert first["sent"] < second["sent"] / 2


def test_a_body_may_be_cut_so_that_http_cannot_tell(begin):
    client = begin(rule(on="getShipment", times=1, do="truncate", clean=True))
    reply = client.get("S-2")
    assert int(reply.headers["Content-Length"]) == len(reply.body)
    assert not reply.body.rstrip().endswith(b"--")
    assert fired(client) == [("getShipment", "S-2", ["truncate"])]


def test_an_answer_may_come_slowly(begin):
    client = begin(rule(on="listShipments", times=1, do="drip", rate=4000))
    began = time.monotonic()
    assert client.list().ids() == ["S-1", "S-2"]
    assert time.monotonic() - began > 0.3
    assert fired(client) == [("listShipments", None, ["drip"])]


def test_an_answer_may_come_late(begin):
    client = begin(rule(on="listShipments", times=1, do="stall", seconds=0.4))
    began = time.monotonic()
    assert client.list().ids() == ["S-1", "S-2"]
    assert time.monotonic() - began > 0.4


def test_a_stalling_insurer_can_still_be_stopped(begin):
    client = begin(rule(on="listShipments", do="stall", seconds=600))
    client.connection.timeout = 0.2
    client.connection.close()
    with pytest.raises(TimeoutError):
        client.list()
    began = time.monotonic()
    client.insurer.stop()
    assert time.monotonic() - began < 5


def test_a_call_may_be_redirected(begin):
    statuses, elsewhere = [301, 302, 303, 307, 308], "https://elsewhere.example/transfer"
    client = begin(
        *(
            rule(on="getShipment", nth=nth, times=1, do="status", status=status, location=elsewhere)
            for nth, status in enumerate(statuses, 1)
        )
    )
    for status in statuses:
        reply = client.get("S-1")
        assert (reply.status, reply.headers["Location"]) == (status, elsewhere)
    assert client.get("S-1").status == 200


def test_the_time_to_wait_may_be_a_date_by_the_insurers_clock(begin):
    client = begin(
        rule(on="listShipments", do="status", status=503, retry_after=120, retry_after_date=True),
        more="[http]\nclock_skew = 600\n",
    )
    reply = client.list()
    date, until = (parsedate_to_datetime(reply.headers[name]) for name in ("Date", "Retry-After"))
    assert 119 <= (until - date).total_seconds() <= 121
    assert 590 < (date - datetime.now(UTC)).total_seconds() < 610


def test_a_head_may_come_slowly(begin):
    client = begin(rule(on="listShipments", times=1, do="drip-headers", rate=400))
    began = time.monotonic()
    assert client.list().ids() == ["S-1", "S-2"]
    assert time.monotonic() - began > 0.2
    assert fired(client) == [("listShipments", None, ["drip-headers"])]


@pytest.mark.parametrize("after", [0, 40, 1000])
def test_a_connection_may_be_reset_in_the_middle_of_an_answer(begin, after):
    client = begin(rule(on="getShipment", shipment="S-2", times=1, do="reset", after=after))
    with pytest.raises(ConnectionResetError):
        client.get("S-2")
    client.connection.close()
    assert client.get("S-2").status == 200
    assert fired(client) == [("getShipment", "S-2", ["reset"])]


@pytest.mark.parametrize("after", [0, 1000])
def test_a_connection_may_be_reset_under_tls_too(start, after):
    client = start(rule(on="getShipment", times=1, do="reset", after=after), tls=True)
    client.login()
    with pytest.raises(
        (ConnectionResetError, http.client.IncompleteRead)
    ):  # the latter where a reset within TLS is taken for an end
        client.get("S-2")
    client.connection.close()
    assert client.get("S-2").status == 200


LOGIN_CODES = {
    "00900": ["00901", "00905", "00906", "00907", "00908", "00909", "00910", "00911", "00917", "00919", "00920"],
    "00930": ["00931", "00932"],
    "00940": [f"0094{last}" for last in range(1, 10)],
    "00960": ["00961", "00962", "00963"],
}


def test_every_login_fault_of_the_norm_is_told_by_group_and_detail(start):
    wanted = [[group, detail] for group, details in LOGIN_CODES.items() for detail in details]
    wanted += [["00964"], ["00965"], ["00966"]]
    client = start(
        "".join(rule(on="login", nth=nth, times=1, do="fault", codes=codes) for nth, codes in enumerate(wanted, 1))
    )
    for codes in wanted:
        reply = client.login()
        told = [tuple(each.text for each in message) for message in reply.xml().iter(f"{NAC}Meldung")]
        assert reply.status == 500
        assert [code for _, code, _ in told] == codes
        assert [kind for kind, _, _ in told] == ["Fehler", "Hinweis"][: len(codes)]
        assert all(text not in ("", "Sonstiger Fehler") for _, _, text in told)
    assert client.login().status == 200

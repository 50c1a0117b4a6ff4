"""What the transfer service refuses or holds back although the call is right."""

import http.client
import time

import pytest


SHIPMENTS = "".join(
    f'[[shipment]]\nid = "S-{number}"\nposted = "2026-03-0{day}T08:00:00"\ncategory = "{category}"\n'
    for number, day, category in [
        (1, 3, "100007000"), (2, 1, "999010010"), (3, 4, "210001000"), (4, 2, "140012021"),
    ]
)  # fmt: skip


def test_a_list_may_be_cut_and_brings_the_rest_after_acknowledgements(start):
    client = start("[transfer]\nlist_limit = 2\n", SHIPMENTS)
    client.login()
    assert client.list().ids() == ["S-2", "S-4"]
    assert client.list("<t:KategorieDerLieferung>210</t:KategorieDerLieferung>").ids() == ["S-3"]
    client.acknowledge("S-2")
    assert client.list().ids() == ["S-1", "S-4"]
    client.acknowledge("S-1")
    client.acknowledge("S-4")
    assert client.list().ids() == ["S-3"]


RIGHTS = 'missing_rights = ["999010010", "210"]\n'


@pytest.mark.parametrize(
    ("how", "status", "codes"),
    [("fault-00920", 500, ["00900", "00920"]), ("nok-00920", 200, ["00920"]), ("http-403-fault", 403, ["00930"])],
)
def test_what_the_account_has_no_right_to_is_refused_and_the_rest_is_not(start, account, how, status, codes):
    client = start(f'[transfer]\nmissing_right = "{how}"\n', SHIPMENTS, account + RIGHTS)
    client.login()
    assert len(client.list().ids()) == 4
    for shipment in ("S-2", "S-3"):
        reply = client.get(shipment)
        assert (reply.status, reply.codes()) == (status, codes)
        assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
        if status == 200:
            assert reply.status_id() == "NOK"
    assert client.get("S-1").ids() == ["S-1"]
    assert client.acknowledge("S-2").status_id() == "OK"
    assert [call["fired"] for call in client.insurer.calls()[2:]] == [["missing-right"], ["missing-right"], [], []]


def test_the_right_to_list_may_be_missing(start, account):
    client = start("", SHIPMENTS, account + 'missing_rights = ["list"]\n')
    client.login()
    assert client.list().codes() == ["00900", "00920"]
    assert client.get("S-1").ids() == ["S-1"]


RELEASE_1 = (
    '<b:ListShipments xmlns:b="http://www.bipro.net/namespace" b:Version="1.0.2.0">'
    "<b:KategorieDerLieferung>999999999</b:KategorieDerLieferung></b:ListShipments>"
)


@pytest.mark.parametrize("release1", [False, True])
def test_release_1_is_recognised_and_not_spoken(start, make, release1):
    client = start(f"[transfer]\nrelease1 = {str(release1).lower()}\n")
    client.login()
    reply = client.post(client.transfer_path, make.envelope(RELEASE_1, make.context_token(client.token)))
    assert (reply.status, reply.codes()) == (500, ["00930", "00931"])
    assert b"Release 1" in reply.body
    if release1:
        for refused in (client.list(), client.get("S-1"), client.acknowledge("S-1")):
            assert (refused.status, refused.codes()) == (500, ["00007"])
    else:
        assert client.list().status == 200


def test_too_many_calls_a_second_are_answered_with_429(start):
    client = start("[http]\ncalls_per_second = 1\n")
    client.login()
    refused = [reply for reply in [client.list() for _ in range(6)] if reply.status == 429]
    assert refused
    assert {reply.headers["Retry-After"] for reply in refused} == {"1"}
    time.sleep(1)
    assert client.list().status == 200
    logged = [call["fired"] for call in client.insurer.calls()]
    assert logged.count(["rate-limit"]) == len(refused)


def test_the_time_is_told_to_whoever_asks(start):
    client = start('[[misbehave]]\non = "clock"\nnth = 3\ntimes = 1\ndo = "close"\n')
    for path in (client.sts_path, client.transfer_path):
        client.connection.request("HEAD", path)
        response = client.connection.getresponse()
        assert (response.status, response.headers["Allow"], response.read()) == (405, "POST", b"")
        assert response.headers["Date"].endswith(" GMT")
    client.connection.request("HEAD", client.sts_path)
    with pytest.raises(http.client.RemoteDisconnected):
        client.connection.getresponse()
    assert client.login().status == 200
    assert [(call["operation"], call.get("status")) for call in client.insurer.calls()] == [
        ("clock", 405),
        ("clock", 405),
        ("clock", None),
        ("login", 200),
    ]

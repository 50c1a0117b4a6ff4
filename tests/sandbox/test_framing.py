"""Files arrive byte for byte, however they travel."""

import base64
import gzip
import json
import random
import socket

import pytest


NASTY = [
    b"",
    b"\r\n",
    b"ends in CRLF\r\n",
    b"ends in LF\n",
    b"x\n--fixed\ny\r--fixed\rz",
    b"\r\n--fixe\r\n--",
    b"\x00\x85\x1c\xff",
    random.Random(7).randbytes(3000),
]

QUIRKS = [
    "unquoted-boundary",
    "no-start",
    "padded-boundary",
    "lower-case-headers",
    "root-last",
    "root-without-id",
    "encoded-cid",
    "no-last-crlf",
    "latin-1",
    "preamble",
    "epilogue",
    "folded-headers",
    "base64-parts",
    "mixed-case-cid",
]


def mailbox():
    files = [
        f'[[shipment.transfer.file]]\nname = "Größe {number}"\nbase64 = "{base64.b64encode(data).decode()}"\n'
        for number, data in enumerate(NASTY)
    ]
    return '[[shipment]]\nid = "S"\n[[shipment.transfer]]\nfields = { Freitext = "ä € &" }\n' + "".join(files)


def fetched(client):
    assert client.login().status == 200
    return client.get("S")


def whole(reply):
    return [(f"Größe {number}", data) for number, data in enumerate(NASTY)] == reply.files()


@pytest.mark.parametrize("framing", ["mtom", "inline", "inline-wrapped"])
@pytest.mark.parametrize("http", ["", "[http]\nchunked = true\n"])
def test_every_framing_is_byte_exact(share, framing, http):
    reply = fetched(share(f'{http}[transfer]\nframing = "{framing}"\nboundary = "fixed"\n', mailbox()))
    assert whole(reply)
    assert (reply.headers["Transfer-Encoding"] == "chunked") == bool(http)
    assert reply.headers["Content-Type"].startswith("multipart/related" if framing == "mtom" else "text/xml")
    assert (max(map(len, reply.parts()[0].splitlines())) > 4000) == (framing == "inline")


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_quirk_shows_and_harms_no_byte(share, quirk):
    shipments = [mailbox().replace('id = "S"', f'id = "{each}"\nquirks = ["{each}"]', 1) for each in QUIRKS]
    client = share("", "".join(shipments))
    client.login()
    reply = client.get(quirk)
    assert whole(reply)
    content_type, body = reply.headers["Content-Type"], reply.body
    shows = {
        "unquoted-boundary": "boundary=uuid:" in content_type,
        "no-start": "start=" not in content_type,
        "padded-boundary": b" \t \r\n" in body,
        "lower-case-headers": b"\r\ncontent-id: <File-1@" in body,
        "root-last": body.find(b"<Root@") > body.find(b"<File-1@"),
        "root-without-id": b"<Root@" not in body,
        "encoded-cid": b'"cid:File-1%40practice' in body,
        "no-last-crlf": body.endswith(b"--"),
        "latin-1": b'encoding="ISO-8859-1"' in body and "Größe".encode("latin-1") in body,
        "preamble": b"none of them" in reply.preamble and not body.startswith(b"--"),
        "epilogue": b"no part either" in reply.epilogue,
        "folded-headers": b"Content-ID:\r\n\t<File-1@" in body and b'xml;\r\n  charset=UTF-8;\r\n  type="' in body,
        "base64-parts": base64.b64encode(NASTY[2]) in body and NASTY[2] not in body,
        "mixed-case-cid": len({each.lower() for each in reply.parts()[1]}) == 1 < len(reply.parts()[1]),
    }
    assert shows[quirk]


def test_all_quirks_that_go_together_harm_no_byte(share):
    apart = {"root-last", "no-last-crlf", "fault-in-multipart"}
    quirks = json.dumps([quirk for quirk in QUIRKS if quirk not in apart])
    assert whole(fetched(share(f"[http]\nchunked = true\n[transfer]\nquirks = {quirks}\n", mailbox())))


def test_a_fault_of_the_transfer_service_may_come_as_multipart(share):
    client = share(
        '[transfer]\nquirks = ["fault-in-multipart"]\n'
        '[[misbehave]]\non = "getShipment"\ndo = "fault"\ncodes = ["00940", "00949"]\n'
    )
    refused = client.list()
    assert client.login("falsch").headers["Content-Type"].startswith("text/xml")
    client.login()
    scripted = client.get("S-1")
    for reply, codes in [(refused, ["00900", "00909"]), (scripted, ["00940", "00949"])]:
        assert reply.status == 500
        assert reply.headers["Content-Type"].startswith('multipart/related; type="application/xop+xml"')
        assert reply.codes() == codes
    assert client.list().headers["Content-Type"].startswith("text/xml")


def test_chunks_may_end_with_a_trailer(share):
    client = share("[http]\nchunked = true\ntrailers = true\n", mailbox())
    client.login()
    assert whole(client.get("S"))
    with socket.create_connection(("127.0.0.1", client.insurer.port), timeout=10) as bare:
        bare.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        received = b""
        while not received.endswith(b"\r\n0\r\nX-Practice-Insurer: that was all\r\n\r\n"):
            received += bare.recv(4096)
    assert received.count(b"HTTP/1.1 ") == 2


def test_without_quirks_the_strict_form_is_sent(share):
    reply = fetched(share("", mailbox()))
    assert whole(reply)
    assert 'start="<Root@practice-insurer.example>"' in reply.headers["Content-Type"]
    assert 'boundary="uuid:' in reply.headers["Content-Type"]
    assert reply.body.endswith(b"--\r\n")


@pytest.mark.parametrize("accepts", [True, False])
def test_an_answer_is_compressed_for_those_who_accept_it(share, accepts):
    client = share("[http]\ngzip = true\n", mailbox())
    client.login()
    reply = client.get("S", **({"Accept-Encoding": "gzip"} if accepts else {}))
    assert reply.headers["Content-Encoding"] == ("gzip" if accepts else None)
    if accepts:
        reply.body = gzip.decompress(reply.body)
    assert whole(reply)


def test_a_connection_serves_many_calls(share):
    client = share("", mailbox())
    client.login()
    sockets = set()
    for _ in range(5):
        assert whole(client.get("S"))
        sockets.add(client.connection.sock)
    assert len(sockets) == 1


@pytest.mark.parametrize("data", [b"--fixed--\r\n", b"x\r\n--fixed\r\n", b"\r\n--fixedly"])
def test_a_boundary_that_a_file_holds_is_not_used(share, data):
    content = base64.b64encode(data).decode()
    files = f'[[shipment]]\nid = "S"\n[[shipment.transfer]]\n[[shipment.transfer.file]]\nbase64 = "{content}"\n'
    reply = fetched(share('[transfer]\nboundary = "fixed"\n', files))
    assert "fixed" not in reply.headers["Content-Type"]
    assert reply.files() == [(None, data)]

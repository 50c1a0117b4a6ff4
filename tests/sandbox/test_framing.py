"""Files arrive byte for byte, however they travel."""

import base64
import gzip
import random

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
def test_every_framing_is_byte_exact(start, framing, http):
    reply = fetched(start(f'{http}[transfer]\nframing = "{framing}"\nboundary = "fixed"\n', mailbox()))
    assert whole(reply)
    assert (reply.headers["Transfer-Encoding"] == "chunked") == bool(http)
    assert reply.headers["Content-Type"].startswith("multipart/related" if framing == "mtom" else "text/xml")
    assert (max(map(len, reply.parts()[0].splitlines())) > 4000) == (framing == "inline")


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_quirk_shows_and_harms_no_byte(start, quirk):
    reply = fetched(start(f'[transfer]\nquirks = ["{quirk}"]\n', mailbox()))
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
    }
    assert shows[quirk]


def test_without_quirks_the_strict_form_is_sent(start):
    reply = fetched(start("", mailbox()))
    assert whole(reply)
    assert 'start="<Root@practice-insurer.example>"' in reply.headers["Content-Type"]
    assert 'boundary="uuid:' in reply.headers["Content-Type"]
    assert reply.body.endswith(b"--\r\n")


@pytest.mark.parametrize("accepts", [True, False])
def test_an_answer_is_compressed_for_those_who_accept_it(start, accepts):
    client = start("[http]\ngzip = true\n", mailbox())
    client.login()
    reply = client.get("S", **({"Accept-Encoding": "gzip"} if accepts else {}))
    assert reply.headers["Content-Encoding"] == ("gzip" if accepts else None)
    if accepts:
        reply.body = gzip.decompress(reply.body)
    assert whole(reply)


def test_a_connection_serves_many_calls(start):
    client = start("", mailbox())
    client.login()
    sockets = set()
    for _ in range(5):
        assert whole(client.get("S"))
        sockets.add(client.connection.sock)
    assert len(sockets) == 1


@pytest.mark.parametrize("data", [b"--fixed--\r\n", b"x\r\n--fixed\r\n", b"\r\n--fixedly"])
def test_a_boundary_that_a_file_holds_is_not_used(start, data):
    content = base64.b64encode(data).decode()
    files = f'[[shipment]]\nid = "S"\n[[shipment.transfer]]\n[[shipment.transfer.file]]\nbase64 = "{content}"\n'
    reply = fetched(start('[transfer]\nboundary = "fixed"\n', files))
    assert "fixed" not in reply.headers["Content-Type"]
    assert reply.files() == [(None, data)]

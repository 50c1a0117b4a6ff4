"""A body cut anywhere before its end is an error and never a message, however the cut shows on the wire."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import zlib

import httpx2
import pytest

from bipro_sync.bipro.framing.content_coding import content_decoder
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.errors import ProtocolError

from ..fixtures import http_parts, message
from ..recorders import Sink


def multipart(name):
    head, body = http_parts(name)
    closing = b"\r\n--" + MediaType.parse(head["Content-Type"]).parameters["boundary"].encode() + b"--"
    return head["Content-Type"], body[: body.index(closing) + len(closing)]


BODIES = {
    "MTOM": multipart("70"),
    "MTOM with quirks": multipart("71"),
    "inline": ("text/xml", message("40").rstrip()),
    "inline without xsi:type": ("text/xml", message("41").rstrip()),
    "list": ("text/xml", message("30").rstrip()),
}
POSITIONS = 50


def read(pieces, content_type, coding=""):
    decoder = content_decoder(coding)
    reader = MessageReader(MediaType.parse(content_type), Sink())
    for raw in pieces:
        for piece in decoder.feed(raw):
            reader.feed(piece)
    decoder.finish()
    return reader.finish()


@pytest.mark.parametrize("name", BODIES)
def test_every_cut_of_a_body_is_an_error_and_the_whole_one_is_none(name):
    content_type, body = BODIES[name]
    for length in range(len(body)):
        with pytest.raises(ProtocolError):
            read([body[:length]], content_type)
    assert read([body], content_type).root.name == "Envelope"


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_every_cut_of_a_packed_body_and_every_packed_cut_body_is_an_error(name, coding, pack):
    content_type, body = BODIES[name]
    packed = pack(body)
    for length in range(len(packed)):
        with pytest.raises(ProtocolError):
            read([packed[:length]], content_type, coding)
    assert read([packed], content_type, coding).root.name == "Envelope"


class Server:
    """Answers the n-th connection with the n-th of its answers, and closes."""

    def __init__(self, answers):
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        for answer in self._answers:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(10)
                while b"\r\n\r\n" not in connection.recv(65536):
                    pass
                connection.sendall(answer)

    def close(self):
        self._listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


def sent(body, content_type, framing):
    """The whole answer on the wire, and where its body begins."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n"
    if framing == "chunked":
        pieces = [body[start : start + 100] for start in range(0, len(body), 100)]
        wire = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        head += "Transfer-Encoding: chunked\r\n"
    elif framing == "gzip":
        wire = gzip.compress(body, mtime=0)
        head += "Content-Encoding: gzip\r\n"
    else:
        wire = body
    if framing == "length":
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n", wire


@pytest.mark.parametrize("framing", ["length", "chunked", "close", "gzip"])
@pytest.mark.parametrize("name", ["MTOM", "inline"])
def test_a_cut_on_a_real_socket_is_an_error(name, framing):
    content_type, body = BODIES[name]
    head, wire = sent(body, content_type, framing)
    last = len(wire) - (len(b"0\r\n\r\n") if framing == "chunked" else 0)
    lengths = sorted({*(last * number // POSITIONS for number in range(POSITIONS)), *range(last - 5, last)})
    assert len(lengths) >= POSITIONS
    server = Server([*(head + wire[:length] for length in lengths), head + wire])
    with contextlib.closing(server), httpx2.Client(trust_env=False) as client:
        for _ in lengths:
            with pytest.raises((ProtocolError, httpx2.RemoteProtocolError)):
                receive(client, server.url)
        assert receive(client, server.url).root.name == "Envelope"


def receive(client, url):
    with client.stream("POST", url) as response:
        return read(response.iter_raw(), response.headers["content-type"], response.headers.get("content-encoding", ""))

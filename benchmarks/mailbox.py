"""The insurer with many small shipments, in a process of its own: over TLS, from bytes prepared before it serves."""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
from pathlib import Path

from bipro_sync.sandbox.authority import CA_FILE, SERVER_FILE, prepare

from . import messages


FILE_BYTES = 50_000
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CALL = re.compile(rb":(list|get|acknowledge)Shipments?[ >].*?(?:\bID\b[^>]*>([^<]+)<|$)", re.DOTALL)
_XML = "text/xml; charset=utf-8"


class Mailbox:
    """What lies at the insurer; each login finds all of it again, and an acknowledgement takes one shipment away."""

    def __init__(self, count: int) -> None:
        self._token = _answer(_XML, messages.token().encode())
        self._acknowledged = _answer(_XML, messages.acknowledged().encode())
        noise = messages.noise(2 * FILE_BYTES)
        self._deliveries = {
            messages.shipment_id(number): (number, _delivery(number, noise)) for number in range(1, count + 1)
        }
        self._left = set(self._deliveries)

    def answer(self, path: bytes, body: bytes) -> bytes:
        """Return the whole HTTP answer to a call."""
        if path == b"/sts":
            self._left = set(self._deliveries)
            return self._token
        call = _CALL.search(body)
        assert call is not None, body
        operation, shipment = call[1], (call[2] or b"").decode()
        if operation == b"list":
            numbers = sorted(self._deliveries[each][0] for each in self._left)
            return _answer(_XML, messages.listed(numbers).encode())
        if operation == b"acknowledge":
            self._left.remove(shipment)
            return self._acknowledged
        return self._deliveries[shipment][1]


class Connection(asyncio.Protocol):
    """One connection that is kept; each answer leaves *delay* seconds after its call has come."""

    def __init__(self, mailbox: Mailbox, delay: float) -> None:
        self._mailbox = mailbox
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        length = _LENGTH.search(head)
        if len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        answer = self._mailbox.answer(head.split(b" ", 2)[1], body)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _delivery(number: int, noise: bytes) -> bytes:
    before, after = messages.small(number)
    shift = number * 4711 % FILE_BYTES
    return _answer(messages.MULTIPART, before + noise[shift : shift + FILE_BYTES] + after)


def _answer(media_type: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(directory: Path, count: int, delay: float) -> None:
    """Serve until the process is ended; the authority's certificate lies in *directory*."""
    prepare(directory, None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / SERVER_FILE)
    mailbox = Mailbox(count)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(mailbox, delay), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], directory / CA_FILE, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))

"""The practice insurer's HTTP/1.1 side; it never answers before the call stands in the log.

RFC 9110 and 9112: keep-alive, Content-Length or chunks, in TLS 1.2 or newer.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

from ..errors import ConfigurationError
from .loading import load
from .service import Delivery, Request, Service


LOOPBACK = ("127.0.0.1", "::1", "localhost")

_CHUNK = 16384
_DRIPS_A_SECOND = 20
_PATIENCE = 300
"""Seconds that an idle connection is kept."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _PATIENCE
    server: _Server

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        delivery = self.server.service.answer(
            Request(
                path=self.path.partition("?")[0],
                content_type=self.headers.get("Content-Type", ""),
                soap_action=self.headers.get("SOAPAction"),
                accepts_gzip="gzip" in self.headers.get("Accept-Encoding", ""),
                body=body,
            )
        )
        if delivery is None:
            self.close_connection = True
        else:
            self._send(delivery)

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        length = self.headers.get("Content-Length", "")
        return self.rfile.read(int(length)) if length.isdecimal() else None

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _send(self, delivery: Delivery) -> None:
        incomplete = len(delivery.body) < delivery.length
        headers = dict(delivery.headers)
        if delivery.chunked:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(delivery.length)
        if incomplete:
            self.close_connection = True
        lines = [f"HTTP/1.1 {delivery.status} {responses.get(delivery.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        body = _chunked(delivery.body, ended=not incomplete) if delivery.chunked else delivery.body
        if delivery.rate is None:
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        step = max(1, delivery.rate // _DRIPS_A_SECOND)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            if self.server.service.stopping.wait(step / delivery.rate):
                return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """
        Say nothing: the call log is the log.
        """


def _chunked(body: bytes, *, ended: bool) -> bytes:
    pieces = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    coded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return coded + (b"0\r\n\r\n" if ended else b"")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, service: Service, context: ssl.SSLContext | None) -> None:
        super().__init__((host, port), _Handler)
        self.service = service
        self._context = context

    def get_request(self) -> tuple[socket, Any]:
        """
        Accept a connection; the TLS handshake is done by its own thread, so that none waits for another.
        """
        connection, address = super().get_request()
        connection.settimeout(_PATIENCE)
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """
        Pass over connections that the client broke; anything else is a bug and is shown.
        """
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@dataclass(frozen=True, slots=True)
class Ready:
    """
    What a client needs to know; *ca_file* is empty without TLS.
    """

    sts_url: str
    transfer_url: str
    ca_file: str
    log: str
    pid: int


def serve(
    scenario: str | Path,
    directory: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = True,
    ready_file: Path | None = None,
    attached: bool = False,
) -> None:
    """
    Serve until SIGTERM or SIGINT; certificates and the call log `calls.jsonl` lie in *directory*.

    The line of JSON on stdout (and in *ready_file*) is :class:`Ready`.  With *attached* it also stops when its
    standard input ends.  Raises :class:`ConfigurationError` for an unusable scenario or address.
    """
    if host not in LOOPBACK and not tls:
        raise ConfigurationError(
            f"The practice insurer serves {host} over TLS only.",
            hint="Leave out --no-tls, or --host.",
        )
    plan = load(scenario)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    context, ca_file = _secured(directory) if tls else (None, None)
    log = directory / "calls.jsonl"
    service = Service(plan, log)
    try:
        server = _Server(host, port, service, context)
    except OSError as error:
        raise ConfigurationError(
            f"The practice insurer cannot listen on {host}, port {port}: {error.strerror}.",
            hint="Choose another port; 0 takes a free one.",
        ) from error
    address = f"{'https' if tls else 'http'}://{'127.0.0.1' if host in LOOPBACK else host}:{server.server_port}"
    ready = Ready(
        sts_url=address + plan.sts.path,
        transfer_url=address + plan.transfer.path,
        ca_file=str(ca_file.absolute()) if ca_file else "",
        log=str(log.absolute()),
        pid=os.getpid(),
    )
    _run(server, json.dumps(asdict(ready)), ready_file, attached=attached)
    service.close()


def _secured(directory: Path) -> tuple[ssl.SSLContext, Path]:
    from .tls import server_context  # noqa: PLC0415  cryptography is a fifth of the time to start

    return server_context(directory)


def _run(server: _Server, ready: str, ready_file: Path | None, *, attached: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    if ready_file is not None:
        draft = ready_file.with_name(f".{ready_file.name}.draft")
        draft.write_text(ready + "\n", encoding="utf-8")
        draft.replace(ready_file)
    sys.stdout.write(ready + "\n")
    sys.stdout.flush()
    if attached:
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    stop.wait()
    server.service.stopping.set()
    server.shutdown()
    server.server_close()


def _wait_for_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()

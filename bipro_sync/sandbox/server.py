"""The practice insurer's HTTP/1.1 side; it never answers before the call stands in the log.

RFC 9110 and 9112: keep-alive, Content-Length or chunks, in TLS 1.2 or newer.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any

from ..errors import ConfigurationError
from .exchange import Delivery, Request
from .loading import load
from .scenario import Scenario
from .service import Service
from .words import LoginMethod


LOOPBACK = ("127.0.0.1", "::1", "localhost")

_CHUNK = 16384
_TRAILER = b"X-Practice-Insurer: that was all\r\n"
_DRIPS_A_SECOND = 20
_PATIENCE = 300
"""Seconds that an idle connection is kept."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _PATIENCE
    server: _Server

    def setup(self) -> None:
        """
        Take the TLS handshake in this connection's own thread, so that none waits for another.
        """
        super().setup()
        self._certificate = None
        if isinstance(self.connection, ssl.SSLSocket):
            try:
                self.connection.do_handshake()
            except ssl.SSLError:
                self.server.note_broken_handshake()
                raise
            self._certificate = self.connection.getpeercert(binary_form=True)

    def do_POST(self) -> None:
        """
        Answer a call.
        """
        body = self._body()
        if body is None:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        else:
            self._answer(body)

    def do_HEAD(self) -> None:
        """
        Answer somebody who asks for the time.
        """
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        delivery = self.server.service.answer(
            Request(
                method=self.command,
                path=self.path.partition("?")[0],
                content_type=self.headers.get("Content-Type", ""),
                soap_action=self.headers.get("SOAPAction"),
                authorization=self.headers.get("Authorization", ""),
                accepts_gzip="gzip" in self.headers.get("Accept-Encoding", ""),
                certificate=self._certificate,
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
        if delivery.incomplete:
            self.close_connection = True
        head = _head(delivery)
        body = b"" if self.command == "HEAD" else _framed(delivery)
        if delivery.reset_after is not None:
            self.wfile.write((head + body)[: delivery.reset_after])
            self._reset()
        elif delivery.head_rate is None and delivery.rate is None:
            self.wfile.write(head + body)
        else:
            self._drip(head, delivery.head_rate)
            self._drip(body, delivery.rate)

    def _drip(self, data: bytes, rate: int | None) -> None:
        if rate is None:
            self.wfile.write(data)
            return
        step = max(1, rate // _DRIPS_A_SECOND)
        for start in range(0, len(data), step):
            self.wfile.write(data[start : start + step])
            if self.server.service.stopping.wait(step / rate):
                return

    def _reset(self) -> None:
        """
        End the connection so that the client's system tells it of a reset, not of an end.
        """
        self.close_connection = True
        self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """
        Say nothing: the call log is the log.
        """


def _head(delivery: Delivery) -> bytes:
    headers = dict(delivery.headers)
    if delivery.chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(delivery.length)
    lines = [f"HTTP/1.1 {delivery.status} {responses.get(delivery.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _framed(delivery: Delivery) -> bytes:
    body = delivery.body
    if not delivery.chunked:
        return body
    pieces = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    coded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    if delivery.incomplete:
        return coded
    return coded + b"0\r\n" + (_TRAILER if delivery.trailers else b"") + b"\r\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, service: Service, context: ssl.SSLContext | None) -> None:
        super().__init__((host, port), _Handler)
        self.service = service
        self._context = context

    def get_request(self) -> tuple[socket, Any]:
        """
        Accept a connection; the TLS handshake comes later.
        """
        connection, address = super().get_request()
        connection.settimeout(_PATIENCE)
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def note_broken_handshake(self) -> None:
        """
        Log the connection where clients come with certificates; elsewhere it is the client's matter alone.
        """
        if self._context is not None and self._context.verify_mode is not ssl.CERT_NONE:
            self.service.note_broken_handshake()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """
        Pass over connections that the client broke; anything else is a bug and is shown.
        """
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@dataclass(frozen=True, slots=True)
class Ready:
    """
    What a client needs to know; *ca_file*, *client_p12*, *tgic_url* and *hub_url* are empty where they are not offered.

    Beside *client_p12* lie `client-legacy.p12`, `client-expired.p12` and `client-foreign.p12`.
    """

    sts_url: str
    transfer_url: str
    tgic_url: str
    hub_url: str
    ca_file: str
    client_p12: str
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
    if plan.demands_certificate and not tls:
        raise ConfigurationError(
            "This practice insurer asks for client certificates, and there are none without TLS.",
            hint="Leave out --no-tls, or choose another login in the scenario.",
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    context, authority = _secured(directory, plan) if tls or plan.uses_certificates else (None, b"")
    log = directory / "calls.jsonl"
    service = Service(plan, log, authority)
    try:
        server = _Server(host, port, service, context if tls else None)
    except OSError as error:
        raise ConfigurationError(
            f"The practice insurer cannot listen on {host}, port {port}: {error.strerror}.",
            hint="Choose another port; 0 takes a free one.",
        ) from error
    address = f"{'https' if tls else 'http'}://{'127.0.0.1' if host in LOOPBACK else host}:{server.server_port}"
    ready = Ready(
        sts_url=address + plan.sts.path,
        transfer_url=address + plan.transfer.path,
        tgic_url=address + plan.tgic.path if plan.account.login is LoginMethod.TGIC else "",
        hub_url=address + plan.hub.path if plan.hub.api_key else "",
        ca_file=_path(directory / "ca.pem") if tls else "",
        client_p12=_path(directory / "client.p12") if plan.uses_certificates else "",
        log=_path(log),
        pid=os.getpid(),
    )
    _run(server, json.dumps(asdict(ready)), ready_file, attached=attached)
    service.close()


def _secured(directory: Path, plan: Scenario) -> tuple[ssl.SSLContext, bytes]:
    from .tls import secured  # noqa: PLC0415  cryptography is a fifth of the time to start

    return secured(directory, plan)


def _path(file: Path) -> str:
    return str(file.absolute())


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

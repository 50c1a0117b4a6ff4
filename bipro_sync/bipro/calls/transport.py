"""Carry HTTP over sockets whose every wait ends with the call it is for; the environment's settings are never asked."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

from ...model.ports import Clock


_PIECE = 64 << 10
"""Bytes of a request written at a time, each under what is left of the deadline."""


class DeadlinePassedError(httpcore2.TimeoutException):
    """
    The call has lasted as long as it may.
    """


class Deadline:
    """
    The moment, *seconds* from now, at which a call ends whatever it is doing.
    """

    def __init__(self, clock: Clock, seconds: float, *, begun: float) -> None:
        self._clock = clock
        self._end = begun + seconds
        self.seconds = seconds

    @property
    def passed(self) -> bool:
        """
        Whether the moment has come.
        """
        return self._clock.monotonic() >= self._end

    def within(self, timeout: float | None) -> float:
        """
        Return the shorter of *timeout* and what is left.  Raises :class:`DeadlinePassedError` where nothing is.
        """
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise DeadlinePassedError
        return left if timeout is None else min(timeout, left)

    @contextmanager
    def bounding(self) -> Iterator[None]:
        """
        Bound every wait of this thread's sockets.
        """
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


_current: ContextVar[Deadline] = ContextVar("deadline")


class Transport(httpx2.BaseTransport):
    """
    Connections kept for the next call, those of TLS through *proxy* where one is given (empty: none).

    Plain HTTP is for this machine only: a proxy sees tunnels, and nothing that is in them.  Errors are those of
    httpcore2.  A connection that lay idle for *keep* seconds is not used again: the longer it lies, the likelier the
    insurer closes it just as the next request leaves.
    """

    def __init__(self, context: ssl.SSLContext, *, proxy: str = "", keep: float = 5.0) -> None:
        self._pools = {
            scheme: httpcore2.ConnectionPool(
                ssl_context=context,
                proxy=httpcore2.Proxy(through) if through else None,
                keepalive_expiry=keep,
                network_backend=_Backend(),
            )
            for scheme, through in (("https", proxy), ("http", ""))
        }
        self._closed = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """
        Send a request and return its answer with the body still to come.
        """
        if self._closed:
            raise RuntimeError("the connections are closed")
        assert isinstance(request.stream, httpx2.SyncByteStream)
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pools[request.url.scheme].handle_request(
            httpcore2.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """
        Close all connections; none is opened again.
        """
        self._closed = True
        for pool in self._pools.values():
            pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Backend(httpcore2.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        stream = super().connect_tcp(host, port, _current.get().within(timeout), local_address, socket_options)
        return _Stream(stream)


class _Stream(httpcore2.NetworkStream):
    """
    A socket that asks at each wait how much time its call has left.
    """

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _current.get().within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for begin in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[begin : begin + _PIECE], _current.get().within(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _current.get().within(timeout)))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

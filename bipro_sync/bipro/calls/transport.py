"""Carry HTTP over sockets whose every wait ends with the call it is for; the environment's settings are never asked."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple, Self

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


class Transport:
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

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, extensions: Mapping[str, Any]
    ) -> httpx2.Response:
        """
        Send a request with these headers and those that HTTP itself demands (RFC 9112, 3.2 and 6.2), and return its
        answer with the body still to come.  *extensions* are httpcore2's.
        """
        if self._closed:
            raise RuntimeError("the connections are closed")
        address = _address(url)
        written: dict[bytes | str, bytes | str] = {"Host": address.host}
        written.update(headers.items())
        if body:
            written["Content-Length"] = str(len(body))
        answer = self._pools[address.scheme].handle_request(
            httpcore2.Request(method, address.url, headers=written, content=body, extensions={**extensions})
        )
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
        )

    def close(self) -> None:
        """
        Close all connections; none is opened again.
        """
        self._closed = True
        for pool in self._pools.values():
            pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Address(NamedTuple):
    """
    Where a request goes: the pool's *scheme*, the header's *host*, and all of it as httpcore2 takes it.
    """

    scheme: str
    host: str
    url: httpcore2.URL


@lru_cache(maxsize=64)
def _address(url: str) -> _Address:
    parsed = httpx2.URL(url)
    whole = httpcore2.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)
    return _Address(parsed.scheme, parsed.netloc.decode("ascii"), whole)


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

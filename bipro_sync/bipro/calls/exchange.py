"""Send one HTTP request and receive its answer, bounded in time and size; it knows neither SOAP nor the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from ... import __version__
from ...errors import FramingError, ProtocolError, UnreachableError
from ...model.ports import Clock
from ..codes import WRONG_ADDRESS
from ..framing.content_coding import content_decoder
from .insurer_clock import InsurerClock
from .lost import FAILURES, lost
from .request import Request
from .transport import Deadline, Transport


_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
    "User-Agent": f"bipro-sync/{__version__}",
}
_ACCEPT = "multipart/related, application/xop+xml, text/xml"
_GRACE = 30.0
"""Seconds that an answer may take before its rate is looked at."""


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long and how much: seconds to connect, per read and for the whole call; bytes a second on average, and
    bytes of the decoded body.
    """

    connect: float
    read: float
    deadline: float
    minimum_rate: int
    max_bytes: int


class Exchange:
    """
    One request and its answer; it began at the monotonic second *begun*.

    *certified* says that the connection shows a client certificate.  *received* counts the bytes of the decoded
    body, *sha256* is over them; *retry_after* is the rest in seconds that the answer asks for, if any.
    """

    def __init__(
        self,
        transport: Transport,
        request: Request,
        *,
        patience: Patience,
        certified: bool,
        clock: Clock,
        insurer_clock: InsurerClock,
    ) -> None:
        self._transport = transport
        self._request = request
        self._patience = patience
        self._certified = certified
        self._clock = clock
        self._insurer_clock = insurer_clock
        self.begun = clock.monotonic()
        self._deadline = Deadline(clock, patience.deadline, begun=self.begun)
        self._left_at: float | None = None
        self._hash = hashlib.sha256()
        self.http_status: int | None = None
        self.retry_after: float | None = None
        self.received = 0

    @property
    def sha256(self) -> str:
        """
        The digest of what has been received so far.
        """
        return self._hash.hexdigest()

    @contextmanager
    def answer(self, method: str) -> Iterator[httpx2.Response]:
        """
        Send the request, give the answer with its body still to come, and close it however the block ends.

        Raises :class:`UnreachableError`, and :class:`ProtocolError` for a redirect.
        """
        with self._deadline.bounding():
            response = self._open(method)
            try:
                self._note(response)
                if response.is_redirect:
                    raise ProtocolError(
                        "The insurer sends us to another address, which is never followed.", hint=WRONG_ADDRESS
                    )
                yield response
            finally:
                response.close()

    def body(self, response: httpx2.Response, max_bytes: int) -> Iterator[bytes]:
        """
        Give the decoded body, counted and hashed, to its proven end.

        Raises :class:`UnreachableError`, :class:`FramingError` and :class:`ProtocolError`.
        """
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > max_bytes:
            raise ProtocolError(f"The answer announces more than the {max_bytes} bytes allowed.")
        decoder = content_decoder(response.headers.get("content-encoding", ""))
        for raw in self._raw(response):
            for piece in decoder.feed(raw):
                self.received += len(piece)
                if self.received > max_bytes:
                    raise ProtocolError(f"The answer is larger than the {max_bytes} bytes allowed.")
                self._hash.update(piece)
                yield piece
        decoder.finish()

    def _open(self, method: str) -> httpx2.Response:
        request, read = self._request, self._patience.read
        timeout = {"connect": self._patience.connect, "read": read, "write": read, "pool": read}
        try:
            return self._transport.send(
                method,
                request.url,
                headers=_headers(request),
                body=request.body,
                extensions={"timeout": timeout, "trace": self._trace},
            )
        except FAILURES as error:
            raise self._lost(error) from None

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """
        Note when the request's head had been written; a proxy's CONNECT holds nothing of it.
        """
        if event == "http11.send_request_body.started" and info["request"].method != b"CONNECT":
            self._left_at = self._clock.monotonic()

    def _note(self, response: httpx2.Response) -> None:
        self.http_status = response.status_code
        if self._left_at is not None:
            round_trip = self._clock.monotonic() - self._left_at
            self._insurer_clock.note(response.headers.get("date", ""), round_trip=round_trip)
        self.retry_after = self._insurer_clock.rest(response.headers.get("retry-after", ""))

    def _raw(self, response: httpx2.Response) -> Iterator[bytes]:
        """
        Give the body as it comes over the wire, unless it comes too slowly.
        """
        begun, came, minimum = self._clock.monotonic(), 0, self._patience.minimum_rate
        try:
            for raw in response.iter_raw():
                came += len(raw)
                lasted = self._clock.monotonic() - begun
                if lasted > _GRACE and came < minimum * lasted:
                    raise UnreachableError(f"The answer came slower than {minimum} bytes a second.", sent=True)
                yield raw
        except httpcore2.RemoteProtocolError:
            raise FramingError("The answer is cut: the connection closed before its HTTP body's end.") from None
        except FAILURES as error:
            raise self._lost(error) from None

    def _lost(self, error: Exception) -> UnreachableError:
        return lost(
            error,
            left=self._left_at is not None,
            answered=self.http_status is not None,
            certified=self._certified,
            deadline=self._deadline,
        )


def _headers(request: Request) -> dict[str, str]:
    """
    Return the headers of a request, SOAP's among them where it is one.
    """
    soap = {}
    if request.soap_action is not None:
        soap = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{request.soap_action}"',
            "Accept": _ACCEPT,
        }
    return {**_HEADERS, **soap, **request.headers}

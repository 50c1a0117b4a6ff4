"""One call to an insurer: send, receive, and remember what the audit log shall say of it, whatever happens.

Nothing here knows what a message means, and nothing of a request's body is ever repeated in an error.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import httpx2

from ...errors import (
    BiproSyncError,
    Family,
    FramingError,
    InsurerError,
    ProtocolError,
    StorageError,
    UnreachableError,
)
from ...model.ports import CallOutcome, Clock, Operation, Outcome, PartSink
from ...model.shipment import Status
from ..codes import WRONG_ADDRESS, printable
from ..framing.content_coding import content_decoder
from ..framing.media_type import MediaType
from ..framing.message import Message, MessageReader
from .request import Request
from .unkept import Unkept


TEMPORARY_STATUS = frozenset({429, 502, 503, 504})
"""HTTP status codes by which a server or its gateway says that it is temporary."""

_FAMILIES = MappingProxyType(
    {
        Operation.ISSUE: Family.STS,
        Operation.CANCEL: Family.STS,
        Operation.HUB: Family.STS,
        Operation.CLOCK: Family.STS,
        Operation.LIST: Family.LIST,
        Operation.GET: Family.GET,
        Operation.ACKNOWLEDGE: Family.ACK,
    }
)
_DISTRUSTED = (
    "The certificate has changed, or ca_file is missing or wrong.  Ask the insurer which authority signs it; "
    "never send a password before that is settled."
)
_ACCEPT = "multipart/related, application/xop+xml, text/xml"
_PROCESS_ID = re.compile(r"[0-9A-Za-z:._{}\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long and how much: seconds to connect, per read and for the whole call; bytes of the decoded body.
    """

    connect: float
    read: float
    deadline: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An HTTP answer: *message* is None where a temporary status came without one of the norm.

    *sha256* and *received* are over the decoded body.
    """

    http_status: int
    message: Message | None
    sha256: str
    received: int

    @property
    def positive(self) -> bool:
        """
        Whether HTTP itself speaks of success.
        """
        return httpx2.codes.is_success(self.http_status)


class Call:
    """
    A call whose intent is recorded.

    *outcome*, *status* and *count* are set by whoever understands the answer.
    """

    def __init__(
        self, client: httpx2.Client, request: Request, *, place: str, patience: Patience, clock: Clock
    ) -> None:
        self._client = client
        self._request = request
        self._place = place
        self._patience = patience
        self._clock = clock
        self._started = clock.monotonic()
        self._received = 0
        self._hash = hashlib.sha256()
        self._detail: str | None = None
        self.http_status: int | None = None
        self.outcome: Outcome | None = None
        self.status: Status | None = None
        self.count: int | None = None

    def send(self, sink: PartSink) -> Answer:
        """
        Send the request and receive the whole answer; files and envelope of a successful one go to *sink*.

        Raises :class:`UnreachableError`, :class:`ProtocolError` or a subclass, and what the sink raises.
        """
        response = self._post()
        try:
            self.http_status = response.status_code
            if response.is_redirect:
                raise ProtocolError(
                    "The insurer sends us to another address, which is never followed.", hint=WRONG_ADDRESS
                )
            message = self._message(response, sink if response.is_success else Unkept())
            return Answer(
                http_status=response.status_code,
                message=message,
                sha256=self._hash.hexdigest(),
                received=self._received,
            )
        finally:
            response.close()

    def fail(self, error: BaseException) -> None:
        """
        Take note of how the call failed, and say in an insurer's error where it happened.
        """
        if isinstance(error, StorageError):
            self.outcome = Outcome.STORAGE
        elif isinstance(error, UnreachableError):
            self.outcome = Outcome.UNKNOWN if error.sent else Outcome.NOT_SENT
        elif self.outcome is None:
            self.outcome = Outcome.UNUSABLE if isinstance(error, BiproSyncError) else Outcome.UNKNOWN
        self._detail = error.message if isinstance(error, BiproSyncError) else type(error).__name__
        if isinstance(error, InsurerError):
            error.family = _FAMILIES[self._request.operation]
            failed = self.http_status is not None and not httpx2.codes.is_success(self.http_status)
            http = f" (HTTP {self.http_status})" if failed else ""
            if isinstance(error, ProtocolError) and self.http_status == httpx2.codes.NOT_FOUND:
                error.hint = WRONG_ADDRESS
            error.message = f"{self._place}{http}: {error.message}"
            error.args = (error.message,)

    def result(self) -> CallOutcome:
        """
        Return what the audit log shall hold; nothing in it is an insurer's free text.
        """
        return CallOutcome(
            outcome=self.outcome or Outcome.OK,
            duration_ms=round((self._clock.monotonic() - self._started) * 1000),
            http_status=self.http_status,
            bipro_status=_bipro_status(self.status),
            process_id=_process_id(self.status),
            count=self.count,
            bytes=self._received if self.http_status is not None else None,
            response_sha256=self._hash.hexdigest() if self.http_status is not None else None,
            detail=self._detail,
        )

    def _post(self) -> httpx2.Response:
        patience = self._patience
        request = self._client.build_request(
            "POST",
            self._request.url,
            content=self._request.body,
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{self._request.soap_action}"',
                "Accept": _ACCEPT,
                "Accept-Encoding": "identity",
                **self._request.headers,
            },
            timeout=httpx2.Timeout(patience.read, connect=patience.connect),
        )
        try:
            return self._client.send(request, stream=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as error:
            reason = str(error) or type(error).__name__
            raise UnreachableError(
                f"No connection to the insurer ({reason}); nothing was sent.",
                sent=False,
                hint=_DISTRUSTED if _is_distrust(error) else None,
            ) from None
        except httpx2.TransportError as error:
            raise UnreachableError(
                f"The insurer did not answer ({type(error).__name__}); the request had left.", sent=True
            ) from None

    def _message(self, response: httpx2.Response, sink: PartSink) -> Message | None:
        try:
            decoder = content_decoder(response.headers.get("content-encoding", ""))
            reader = MessageReader(MediaType.parse(response.headers.get("content-type", "")), sink)
            for raw in self._body(response):
                for piece in decoder.feed(raw):
                    self._count(piece)
                    reader.feed(piece)
            decoder.finish()
            return reader.finish()
        except FramingError:
            raise
        except ProtocolError:
            if response.status_code in TEMPORARY_STATUS:
                return None
            raise

    def _body(self, response: httpx2.Response) -> Iterator[bytes]:
        try:
            for raw in response.iter_raw():
                if self._clock.monotonic() - self._started > self._patience.deadline:
                    raise UnreachableError("The answer took longer than this call may last.", sent=True)
                yield raw
        except httpx2.RemoteProtocolError:
            raise FramingError("The answer is cut: the connection closed before its HTTP body's end.") from None
        except httpx2.TransportError as error:
            raise UnreachableError(
                f"The connection broke while the answer was received ({type(error).__name__}).", sent=True
            ) from None

    def _count(self, piece: bytes) -> None:
        self._received += len(piece)
        if self._received > self._patience.max_bytes:
            raise ProtocolError(f"The answer is larger than the {self._patience.max_bytes} bytes allowed.")
        self._hash.update(piece)


def _is_distrust(error: BaseException | None) -> bool:
    """
    Tell whether a connection failed because its certificate could not be verified.
    """
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _bipro_status(status: Status | None) -> str | None:
    if status is None:
        return None
    return " ".join(("OK" if status.ok else "NOK", *printable(status.codes)))


def _process_id(status: Status | None) -> str | None:
    """
    Return the ProzessID where it looks like an id: it is the insurer's free text, and could name a customer.
    """
    return status.process_id if status is not None and _PROCESS_ID.fullmatch(status.process_id) else None

"""One call to an insurer: send, receive, and remember what the audit log shall say of it, whatever happens.

Nothing here knows what a message means, and nothing of a request's body is ever repeated in an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType

import httpx2

from ...errors import (
    BiproSyncError,
    Family,
    FramingError,
    InsurerError,
    ProtocolError,
    StorageError,
    TemporaryError,
    UnreachableError,
)
from ...model.ports import CallOutcome, Clock, Operation, Outcome, PartSink
from ...model.shipment import Status
from ..codes import WRONG_ADDRESS, printable, reference_of, references
from ..framing.media_type import MediaType
from ..framing.message import Message, MessageReader
from .exchange import Exchange
from .lost import RefusedCertificateError
from .unkept import Unkept


__all__ = ["TEMPORARY_STATUS", "Answer", "Call", "PlainAnswer", "RefusedCertificateError"]

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
_PROCESS_ID = re.compile(r"[0-9A-Za-z:._{}\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An HTTP answer: *message* is None where a temporary status came with no XML.

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


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """
    An answer that is no SOAP, whatever its status; *body* is decoded and may hold a secret.
    """

    http_status: int
    body: bytes = field(repr=False)


class Call:
    """
    A call whose intent is recorded.

    *outcome*, *status* and *count* are set by whoever understands the answer.
    """

    def __init__(self, exchange: Exchange, operation: Operation, *, place: str, max_bytes: int, clock: Clock) -> None:
        self._exchange = exchange
        self._operation = operation
        self._place = place
        self._max_bytes = max_bytes
        self._clock = clock
        self._detail: str | None = None
        self.outcome: Outcome | None = None
        self.status: Status | None = None
        self.count: int | None = None

    @property
    def http_status(self) -> int | None:
        """
        The HTTP status of the answer, None as long as there is none.
        """
        return self._exchange.http_status

    @property
    def rest(self) -> float | None:
        """
        The rest in seconds that an answer without success asks for, if any.
        """
        return self._exchange.retry_after if self._failed else None

    def send(self, sink: PartSink) -> Answer:
        """
        Send the request and receive the whole answer; files and envelope of a successful one go to *sink*.

        Raises :class:`UnreachableError`, :class:`ProtocolError` or a subclass, and what the sink raises.
        """
        exchange = self._exchange
        with exchange.answer("POST") as response:
            message = self._message(response, sink if response.is_success else Unkept())
            return Answer(
                http_status=response.status_code,
                message=message,
                sha256=exchange.sha256,
                received=exchange.received,
            )

    def send_plain(self, max_bytes: int) -> PlainAnswer:
        """
        Send the request and receive an answer that is no SOAP, of *max_bytes* at most.

        Raises :class:`UnreachableError`, :class:`ProtocolError` or a subclass.
        """
        with self._exchange.answer("POST") as response:
            return PlainAnswer(response.status_code, b"".join(self._exchange.body(response, max_bytes)))

    def send_head(self) -> None:
        """
        Ask for the head of an answer only; its body, if one comes all the same, is never read.

        Raises :class:`UnreachableError` or :class:`ProtocolError`.
        """
        with self._exchange.answer("HEAD"):
            pass

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
        if isinstance(error, InsurerError) and (reference := references(self.status)):
            error.message = f"{error.message}  {reference}"
        self._detail = error.message if isinstance(error, BiproSyncError) else type(error).__name__
        if isinstance(error, TemporaryError):
            error.retry_after = self._exchange.retry_after
        if isinstance(error, InsurerError):
            error.family = _FAMILIES[self._operation]
            http = f" (HTTP {self.http_status})" if self._failed else ""
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
            duration_ms=round((self._clock.monotonic() - self._exchange.begun) * 1000),
            http_status=self.http_status,
            bipro_status=_bipro_status(self.status),
            process_id=_process_id(self.status),
            reference=reference_of(self.status) or None,
            count=self.count,
            bytes=self._exchange.received if self.http_status is not None else None,
            response_sha256=self._exchange.sha256 if self.http_status is not None else None,
            detail=self._detail or references(self.status) or None,
        )

    @property
    def _failed(self) -> bool:
        return self.http_status is not None and not httpx2.codes.is_success(self.http_status)

    def _message(self, response: httpx2.Response, sink: PartSink) -> Message | None:
        try:
            reader = MessageReader(MediaType.parse(response.headers.get("content-type", "")), sink)
            for piece in self._exchange.body(response, self._max_bytes):
                reader.feed(piece)
            return reader.finish()
        except FramingError:
            raise
        except ProtocolError:
            if response.status_code in TEMPORARY_STATUS:
                return None
            raise


def _bipro_status(status: Status | None) -> str | None:
    if status is None:
        return None
    return " ".join(("OK" if status.ok else "NOK", *printable(status.codes)))


def _process_id(status: Status | None) -> str | None:
    """
    Return the ProzessID where it looks like an id: it is the insurer's free text, and could name a customer.
    """
    return status.process_id if status is not None and _PROCESS_ID.fullmatch(status.process_id) else None

"""What comes in and goes out over HTTP; data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from .calls import Call
from .envelope import Envelope
from .words import Operation


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP request; *certificate* is what the client proved in the TLS handshake (DER).
    """

    method: str
    path: str
    content_type: str
    soap_action: str | None
    authorization: str
    accepts_gzip: bool
    certificate: bytes | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An HTTP answer as it should be.
    """

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def word(cls, status: int, text: str, **headers: str) -> Reply:
        """
        Return an answer of plain text; in the names of *headers* an underscore stands for a hyphen.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, "text/plain; charset=utf-8", f"{text}\n".encode(), named)


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    What the server sends.  It announces *length* bytes; where *body* has fewer, the connection ends after it.

    The rates are in bytes a second; *reset_after* is how many bytes of head and body leave before a reset.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    length: int
    chunked: bool
    trailers: bool
    head_rate: int | None
    rate: int | None
    reset_after: int | None

    @property
    def incomplete(self) -> bool:
        """
        Whether less is sent than is announced.
        """
        return len(self.body) < self.length


class Desk(Protocol):
    """
    A SOAP service at an address of its own.
    """

    version: str
    """The BiPROVersion that its faults tell."""

    def identify(self, envelope: Envelope) -> tuple[Operation, str | None]:
        """
        Return which call it is and of which shipment; one that is not offered here is refused.
        """

    def answer(self, envelope: Envelope, request: Request, call: Call) -> Reply:
        """
        Return the answer to a call, or refuse it.
        """

    def fault(self, text: str) -> tuple[str, bytes]:
        """
        Return content type and body of a fault.
        """

"""A request ready to be sent; a secret stands in its body and headers only, never in digest or repr."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ...model.ports import Operation
from ...model.secret import Secret


REDACTED = "***"
"""Stands for a password or token in the bytes that are hashed for the audit log."""

Reveal = Callable[[Secret], str]
"""Gives a secret's text where the request is written to be sent, :data:`REDACTED` where it is hashed."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    *service* is `sts`, `transfer`, `tgic` or `hub`, for the audit log; *digest* is the SHA-256 of the body with
    its secrets replaced.

    *soap_action* is the header's value without its quotes, None for what is no SOAP.
    """

    operation: Operation
    service: str
    url: str
    soap_action: str | None
    body: bytes = field(repr=False)
    digest: str
    headers: Mapping[str, str] = field(repr=False)


def soap_request(
    operation: Operation,
    service: str,
    url: str,
    *,
    soap_action: str,
    write: Callable[[Reveal], str],
    headers: Mapping[str, str] | None = None,
) -> Request:
    """
    Return the request whose text *write* gives, once with its secrets and once without, for the digest.
    """
    redacted = write(lambda _secret: REDACTED).encode()
    return Request(
        operation=operation,
        service=service,
        url=url,
        soap_action=soap_action,
        body=write(Secret.reveal).encode(),
        digest=hashlib.sha256(redacted).hexdigest(),
        headers=headers or {},
    )

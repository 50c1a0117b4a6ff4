"""An anchor that is a time stamp authority (RFC 3161); its answer is checked, then kept beside the checkpoint."""

from __future__ import annotations

import hashlib
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ..audit.note_files import stamp_name
from ..config import StampAnchor
from ..durable import replace
from ..errors import AnchorError
from .delivery import Delivery


SECONDS = 10.0
"""How long each step of the call may wait; the whole is bounded by whoever calls."""

MOST = 1 << 16
"""Bytes of an answer; one with its certificates has some thousand."""

_GRANTED = 200


def bring(anchor: StampAnchor, delivery: Delivery) -> bool:
    """
    Have the note's SHA-256 stamped, and keep the answer; durable when it returns.

    Raises :class:`~bipro_sync.errors.AnchorError` where none comes, or none that the authority's certificates prove.
    """
    request = (
        TimestampRequestBuilder()
        .data(delivery.note)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    roots = read_roots(anchor.ca_file)
    answer = _answer(anchor, request.as_bytes())
    _demand_stamp(anchor, request, roots, answer, delivery.note)
    replace(delivery.directory / stamp_name(delivery.size, anchor.name), answer, 0o444)
    return True


def read_roots(path: Path) -> list[x509.Certificate]:
    """
    Return the certificates in a file.  Raises :class:`~bipro_sync.errors.AnchorError` where it has none.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no certificate in PEM"
        raise AnchorError(f"the certificates {path} cannot be used: {reason}") from None


def _answer(anchor: StampAnchor, request: bytes) -> bytes:
    """
    Return the authority's answer.  Neither proxies of the environment nor redirections are followed.
    """
    address = urlsplit(anchor.url)
    host, target = address.hostname or "", address.path or "/"
    connection: HTTPConnection
    if address.scheme == "https":
        context = ssl.create_default_context()
        context.load_verify_locations(anchor.ca_file)
        connection = HTTPSConnection(host, address.port, timeout=SECONDS, context=context)
    else:
        connection = HTTPConnection(host, address.port, timeout=SECONDS)
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        connection.request("POST", f"{target}?{address.query}" if address.query else target, request, headers)
        response = connection.getresponse()
        if response.status != _GRANTED:
            raise AnchorError(f"{host} answered with HTTP {response.status}")
        answer = response.read(MOST + 1)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise AnchorError(f"{host} cannot be asked: {reason}") from None
    finally:
        connection.close()
    if len(answer) > MOST:
        raise AnchorError(f"{host} answered with more than {MOST} bytes")
    return answer


def _demand_stamp(
    anchor: StampAnchor, request: TimeStampRequest, roots: list[x509.Certificate], answer: bytes, note: bytes
) -> None:
    verifier = VerifierBuilder.from_request(request)
    try:
        for root in dict.fromkeys(roots):
            verifier = verifier.add_root_certificate(root)
        verifier.build().verify(decode_timestamp_response(answer), hashlib.sha256(note).digest())
    except (VerificationError, ValueError) as error:
        # The library's words are about certificates and formats, never about what was sent.
        raise AnchorError(f"{urlsplit(anchor.url).hostname} gave no time stamp that holds: {error}") from None

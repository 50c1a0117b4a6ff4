"""Alerts by webhook: one JSON document posted over TLS, signed and dated so that nobody can forge or repeat it."""

from __future__ import annotations

import hashlib
import hmac
import json

import httpx2

from ..config import WebhookSection
from ..errors import AlertError
from ..secrets import resolve
from .news import News
from .trust import tls_context
from .words import Language


SECONDS = 15.0
"""How long each step of the request may take."""

SIGNATURE = "Bipro-Sync-Signature"
"""The header: `t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256 over "<t>.<body>">`."""

_BEYOND_SUCCESS = 300


def send(section: WebhookSection, news: News, *, language: Language) -> None:
    """
    Post *news*; the other side has taken it when this returns.

    Raises :class:`~bipro_sync.errors.AlertError` where it has not, and
    :class:`~bipro_sync.errors.CredentialMissingError` where the secret is not there.
    """
    secret = resolve(section.secret)
    body = json.dumps(news.as_json(language), ensure_ascii=False).encode()
    signed_at = int(news.at.timestamp())
    signature = signature_of(secret.reveal(), signed_at, body)
    headers = {"Content-Type": "application/json", SIGNATURE: f"t={signed_at},v1={signature}"}
    try:
        with (
            httpx2.Client(
                verify=tls_context(section.ca_file), trust_env=False, follow_redirects=False, timeout=SECONDS
            ) as client,
            # What it answers beside its status is not read: it may have no end.
            client.stream("POST", section.url, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except httpx2.TimeoutException:
        raise AlertError("The webhook did not answer in time.") from None
    except httpx2.HTTPError as error:
        raise AlertError(f"The webhook was not reached: {type(error).__name__}.") from None
    if status >= _BEYOND_SUCCESS:
        raise AlertError(f"The webhook did not take an alert: it answered HTTP {status}.")


def signature_of(secret: str, signed_at: int, body: bytes) -> str:
    """
    Return the signature of *body* as of *signed_at*, in seconds since 1970; whoever receives it computes the same.
    """
    return hmac.new(secret.encode(), f"{signed_at}.".encode() + body, hashlib.sha256).hexdigest()

"""Log in at a hub before the insurer: an API key for a bearer token; no norm describes it, and no token is guessed."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import msgspec

from ...model.ports import Operation
from ...model.secret import Secret
from ..calls.request import REDACTED, Request
from ..wire import HubLogin
from .session import Grant
from .token_answer import FALLBACK_LIFE, LONGEST_LIFE


MAX_ANSWER = 64 << 10
"""Bytes."""

AUTHORIZATION = "Authorization"
"""The HTTP header that carries the bearer token."""

_TOKEN = re.compile(r"[\x21-\x7e]+")
_JSON = "application/json"


class _HubAnswer(msgspec.Struct):
    """
    What is read of the answer; *expires_in* should be seconds.
    """

    access_token: str
    expires_in: Any = None


_DECODER = msgspec.json.Decoder(_HubAnswer)


def hub_request(hub: HubLogin) -> Request:
    """
    Write the login.
    """
    body, redacted = (json.dumps({"api-key": key}).encode() for key in (hub.api_key.reveal(), REDACTED))
    return Request(
        operation=Operation.HUB,
        service="hub",
        url=hub.url,
        soap_action=None,
        body=body,
        digest=hashlib.sha256(redacted).hexdigest(),
        headers={"Content-Type": _JSON, "Accept": _JSON},
    )


def hub_grant(body: bytes) -> Grant | None:
    """
    Return the bearer token of an answer, None where it holds none that a header can carry.
    """
    try:
        answer = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not _TOKEN.fullmatch(answer.access_token):
        return None
    return Grant(Secret(answer.access_token), _life(answer.expires_in))


def _life(expires_in: Any) -> float:
    try:
        life = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return FALLBACK_LIFE
    return life if 0 < life <= LONGEST_LIFE else FALLBACK_LIFE


def authorization(bearer: Secret) -> dict[str, str]:
    """
    Return the HTTP header by which a call proves itself to the hub (RFC 6750).
    """
    return {AUTHORIZATION: f"Bearer {bearer.reveal()}"}

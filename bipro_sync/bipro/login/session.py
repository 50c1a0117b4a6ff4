"""What a transfer call proves itself with once the login is done; it lives in memory only."""

from __future__ import annotations

from dataclasses import dataclass

from ...model.secret import Secret
from ..soap import namespaces as ns
from ..soap.writing import text


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """
    *security* is the XML inside the security header, None where the TLS connection itself is the proof;
    *bearer* is a hub's token for the HTTP header `Authorization`.

    Two sessions are the same only where they are one object.
    """

    security: Secret | None
    bearer: Secret | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a login service gave: the XML for the security header, or a hub's bearer token, and its life in seconds.

    *identifier* names a session that can be ended, None what cannot.
    """

    token: Secret
    life: float
    identifier: Secret | None = None


def context_token(identifier: str, attribute: str = "") -> Secret:
    """
    Return the SecurityContextToken with this identifier (WS-SecureConversation of February 2005).
    """
    return Secret(
        f'<wsc:SecurityContextToken xmlns:wsc="{ns.SECURE_CONVERSATION}"{attribute}><wsc:Identifier>'
        f"{text(identifier)}</wsc:Identifier></wsc:SecurityContextToken>"
    )

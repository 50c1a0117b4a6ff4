"""Writes the login service's answers as XML text; it never decides what they say."""

from __future__ import annotations

from datetime import datetime

from .clock import BERLIN
from .envelope import CONVERSATION, ENVELOPE, TRUST, UTILITY
from .scenario import NAMESPACES
from .sessions import Token
from .words import Lifetime


_TIMES = {
    Lifetime.UTC: "%Y-%m-%dT%H:%M:%SZ",
    Lifetime.LOCAL: "%Y-%m-%dT%H:%M:%S",
    Lifetime.BLANK: "%Y-%m-%d %H:%M:%S",
}


def login_answer(token: Token, lifetime: Lifetime, version: str) -> str:
    """
    Return the RequestSecurityTokenResponse with *token*, its times written as *lifetime* says.
    """
    times = ""
    if lifetime is not Lifetime.ABSENT:
        created, expires = _time(token.created, lifetime), _time(token.expires, lifetime)
        times = (
            f'<wst:Lifetime><wsu:Created xmlns:wsu="{UTILITY}">{created}</wsu:Created>'
            f'<wsu:Expires xmlns:wsu="{UTILITY}">{expires}</wsu:Expires></wst:Lifetime>'
        )
    told = f'<nac:BiPROVersion xmlns:nac="{NAMESPACES["nac"]}">{version}</nac:BiPROVersion>' if version else ""
    return _response(
        f'<wst:RequestedSecurityToken><wsc:SecurityContextToken xmlns:wsc="{CONVERSATION}">'
        f"<wsc:Identifier>{token.identifier}</wsc:Identifier></wsc:SecurityContextToken></wst:RequestedSecurityToken>"
        f"{times}{told}"
    )


def _time(moment: datetime, lifetime: Lifetime) -> str:
    if lifetime is Lifetime.UTC:
        return moment.strftime(_TIMES[lifetime])
    local = moment.astimezone(BERLIN)
    return local.isoformat() if lifetime is Lifetime.OFFSET else local.strftime(_TIMES[lifetime])


def validate_answer(*, valid: bool) -> str:
    """
    Return the verdict on a token.
    """
    code = f"{TRUST}/status/{'valid' if valid else 'invalid'}"
    kind = f"<wst:TokenType>{TRUST}/RSTR/Status</wst:TokenType>"
    return _response(f"{kind}<wst:Status><wst:Code>{code}</wst:Code></wst:Status>")


def cancel_answer() -> str:
    """
    Return that a token is cancelled.
    """
    return _response("<wst:RequestedTokenCancelled/>")


def _response(content: str) -> str:
    return (
        f'<S:Envelope xmlns:S="{ENVELOPE}"><S:Body><wst:RequestSecurityTokenResponse xmlns:wst="{TRUST}">'
        f"{content}</wst:RequestSecurityTokenResponse></S:Body></S:Envelope>"
    )

"""Read a token and its life from an STS's answer (norm 410); it never guesses a token from anything else."""

from __future__ import annotations

from ...model.secret import Secret
from ..soap import namespaces as ns
from ..soap.element import Element
from ..times import parse_time
from .session import Grant, context_token


FALLBACK_LIFE = 600.0
LONGEST_LIFE = 86_400.0


def context_grant(content: Element) -> Grant | None:
    """
    Return the session of a RequestSecurityTokenResponse, None where *content* is none or has none.
    """
    if (content.namespace, content.name) != (ns.TRUST, "RequestSecurityTokenResponse"):
        return None
    path = (
        (ns.TRUST, "RequestedSecurityToken"),
        (ns.SECURE_CONVERSATION, "SecurityContextToken"),
        (ns.SECURE_CONVERSATION, "Identifier"),
    )
    element = below(content, path)
    if element is None or not element.value:
        return None
    return Grant(context_token(element.value), token_life(content), Secret(element.value))


def token_life(content: Element, trust: str = ns.TRUST, fallback: float = FALLBACK_LIFE) -> float:
    """
    Return the token's life in seconds, from its own two times; *fallback* where they are missing or absurd.

    Neither clock counts, so that no skew matters.  *trust* is the namespace of the WS-Trust version.
    """
    times = []
    for name in ("Created", "Expires"):
        element = below(content, ((trust, "Lifetime"), (ns.UTILITY, name)))
        times.append(parse_time(element.value) if element is not None else None)
    created, expires = times
    if created is None or expires is None:
        return fallback
    life = (expires - created).total_seconds()
    return life if 0 < life <= LONGEST_LIFE else fallback


def below(element: Element, path: tuple[tuple[str, str], ...]) -> Element | None:
    """
    Return the first element at *path*, each step a namespace and a name.
    """
    for namespace, name in path:
        matching = (each for each in element.children if (each.namespace, each.name) == (namespace, name))
        found = next(matching, None)
        if found is None:
            return None
        element = found
    return element

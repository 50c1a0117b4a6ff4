"""Read a token and its life from an STS's answer (norm 410); it never guesses a token from anything else."""

from __future__ import annotations

from ..soap import namespaces as ns
from ..soap.element import Element
from ..times import parse_time


_FALLBACK_LIFE = 600.0
_LONGEST_LIFE = 86_400.0


def token_identifier(content: Element) -> str | None:
    """
    Return the token of a RequestSecurityTokenResponse, None where *content* is none or has none.
    """
    if (content.namespace, content.name) != (ns.TRUST, "RequestSecurityTokenResponse"):
        return None
    path = (
        (ns.TRUST, "RequestedSecurityToken"),
        (ns.SECURE_CONVERSATION, "SecurityContextToken"),
        (ns.SECURE_CONVERSATION, "Identifier"),
    )
    element = _at(content, path)
    return element.value or None if element is not None else None


def token_life(content: Element) -> float:
    """
    Return the token's life in seconds, from its own two times; ten minutes where they are missing or absurd.
    """
    times = []
    for name in ("Created", "Expires"):
        element = _at(content, ((ns.TRUST, "Lifetime"), (ns.UTILITY, name)))
        times.append(parse_time(element.value) if element is not None else None)
    created, expires = times
    if created is None or expires is None:
        return _FALLBACK_LIFE
    life = (expires - created).total_seconds()
    return life if 0 < life <= _LONGEST_LIFE else _FALLBACK_LIFE


def _at(element: Element, path: tuple[tuple[str, str], ...]) -> Element | None:
    for namespace, name in path:
        below = (each for each in element.children if (each.namespace, each.name) == (namespace, name))
        found = next(below, None)
        if found is None:
            return None
        element = found
    return element

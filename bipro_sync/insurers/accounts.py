"""Which sections share an account, and which have to; no login may have two breakers, and no breaker two logins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from ..config.problems import located
from .auth import WITHOUT_STS
from .insurer import Insurer, MisconfiguredInsurer


def with_its_account(
    insurer: Insurer | MisconfiguredInsurer, others: Iterable[Insurer | MisconfiguredInsurer]
) -> Insurer | MisconfiguredInsurer:
    """
    Return *insurer*, unusable where its account and that of another do not fit together: an account has one breaker.
    """
    if isinstance(insurer, MisconfiguredInsurer):
        return insurer
    usable = [other for other in others if isinstance(other, Insurer)]
    problems = tuple(
        located(("insurers", insurer.name, "account"), sentence) for sentence in _objections(insurer, usable)
    )
    return MisconfiguredInsurer(insurer.name, problems) if problems else insurer


def _objections(insurer: Insurer, others: Collection[Insurer]) -> Iterator[str]:
    same = [other for other in others if other.account == insurer.account]
    different = [other for other in others if other.account != insurer.account]
    if names := _names(other for other in same if _login(other) != _login(insurer)):
        yield f"is shared with {names}, so sts_url and auth must be the same there"
    if names := _names(other for other in different if _user(other) == _user(insurer)):
        yield f"is not that of {names}, where the same user logs in at the same service; give them the same account"
    if (key := _key(insurer)) and (names := _names(other for other in different if _key(other) == key)):
        yield (
            f"is not that of {names}, where the same key opens the same hub; give them the same account, or a key each "
            "where their logins differ"
        )


def _names(insurers: Iterable[Insurer]) -> str:
    return ", ".join(insurer.name for insurer in insurers)


def _login(insurer: Insurer) -> tuple[object, ...]:
    """
    Return all that logging in depends on; a user of the central service (tgic) is one for all insurers' services.
    """
    tgic = insurer.auth.tgic
    central = tgic and (tgic.url, tgic.user)
    auth = replace(insurer.auth, tgic=None)
    return _sts(insurer), auth, central, insurer.hub_url, insurer.has_personal_certificate


def _user(insurer: Insurer) -> tuple[object, ...]:
    """
    Return who logs in where, as the login service sees it; without one it is the host that sees the certificate.
    """
    auth = insurer.auth
    if auth.tgic:
        return auth.tgic.url, auth.tgic.user
    service = _sts(insurer) or urlsplit(insurer.transfer_url).netloc
    return service, auth.certificate.file if auth.certificate else auth.username


def _sts(insurer: Insurer) -> str:
    return "" if insurer.auth.method in WITHOUT_STS else insurer.sts_url


def _key(insurer: Insurer) -> tuple[object, ...] | None:
    hub = insurer.auth.hub
    return (insurer.hub_url, hub.api_key) if hub else None

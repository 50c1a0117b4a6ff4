"""How one insurer is logged in to, and what each method needs for it; references only, no secret is fetched here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..config.schema import AuthMethod, CertificateSection, HubSection, TgicSection
from ..model.secret import SecretRef


_NEEDED: Mapping[AuthMethod, tuple[str, ...]] = {
    "password": ("username", "password"),
    "certificate": ("certificate",),
    "signature": ("certificate",),
    "tls": ("certificate",),
    "tgic": ("tgic",),
}
_EITHER: Mapping[AuthMethod, tuple[str, ...]] = {"tgic": ("password", "certificate")}
_PROOFS = ("username", "password", "certificate", "tgic")

WITHOUT_STS: frozenset[AuthMethod] = frozenset({"tls", "tgic"})
"""The methods that do not ask the insurer's own login service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """
    The method and what proves it; what other methods would need is None.  A *hub* stands beside any method.
    """

    method: AuthMethod
    username: str | SecretRef | None
    password: SecretRef | None
    certificate: CertificateSection | None
    tgic: TgicSection | None
    hub: HubSection | None
    owner: str | None

    @property
    def is_unproven(self) -> bool:
        """
        Whether the method is built from public facts alone, and was never tried with the real service.
        """
        return self.method == "tgic"

    @property
    def shown_method(self) -> str:
        """
        The method for people to read: marked where it is unproven.
        """
        return f"{self.method} (unproven)" if self.is_unproven else self.method

    def is_personal(self, *, usually: bool) -> bool:
        """
        Whether its certificate belongs to one person; *usually* is what holds where it does not say so itself.

        One that names an owner does say so.  Those of the central service (tgic) are usually a firm's.
        """
        if self.certificate is None or self.certificate.kind:
            return self.certificate is not None and self.certificate.kind == "personal"
        return self.owner is not None or (usually and self.method != "tgic")

    def references(self) -> Iterator[tuple[str, SecretRef]]:
        """
        Yield each key whose value is a secret's reference, with that reference.
        """
        values = {
            "username": self.username,
            "password": self.password,
            "certificate.passphrase": self.certificate and self.certificate.passphrase,
            "hub.api_key": self.hub and self.hub.api_key,
        }
        for key, value in values.items():
            if isinstance(value, SecretRef):
                yield key, value


def auth_of(values: Mapping[str, Any]) -> Auth:
    """
    Return the login that *values* say, without the keys of other methods: `[defaults]` may hold them all.
    """
    return Auth(**{**values, **dict.fromkeys(_useless(values["method"]))})


def _useless(method: AuthMethod) -> list[str]:
    used = {*_NEEDED[method], *_EITHER.get(method, ())}
    return [key for key in _PROOFS if key not in used]


def method_problems(
    method: AuthMethod, *, has: Callable[[str], bool], own: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """
    Yield each key that *method* lacks, or has no use for, with a sentence.

    *has* says whether a key has a value, *own* whether the insurer's own section gives it: what is only inherited
    may well be meant for other insurers.
    """
    for key in (f"auth.{key}" for key in _NEEDED[method]):
        if not has(key):
            yield key, f"is missing; the method {method} needs it"
    for key in (f"auth.{key}" for key in _useless(method)):
        if own(key):
            yield key, f"is of no use to the method {method}; leave it out"
    either = _EITHER.get(method, ())
    if either and sum(has(f"auth.{key}") for key in either) != 1:
        yield "auth.method", f"{method} needs exactly one of {' and '.join(either)}"

"""What holds for each insurer: its section, then `[defaults]`, then its profile, then what is built in.

One insurer's problems make that insurer unusable and no other; nothing is looked up on the network here.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..config import Config, InsurerSection, ReadSection
from ..config.problems import located
from ..errors import ConfigurationError, CredentialMissingError
from ..model.secret import SecretSource
from .credentials import fetch_secret
from .insurer import Auth, Insurer, MisconfiguredInsurer
from .profile import PROFILES_DIRECTORY, Profile, load_profile


_BUILT_IN: dict[str, Any] = {
    "profile": "generic",
    "environment": "production",
    "consumer_id": "",
    "confirmed_flag": "omit",
    "ca_file": "",
    "workers": 2,
    "ack_after": "stored",
    "broker_numbers": (),
    "deliveries": {},
    "schedule": "15 6,12,18 * * mon-fri",
    "timezone": "Europe/Berlin",
    "expect": {},
}

_KEYS = tuple(key for key in InsurerSection.model_fields if key not in {"profile", "auth"})
_AUTH_KEYS = ("method", "username", "password", "owner")


def effective(config: Config, profiles: Path = PROFILES_DIRECTORY) -> dict[str, Insurer | MisconfiguredInsurer]:
    """
    Return what holds for each insurer of *config*, in the file's order; *profiles* holds the user's own.
    """
    found = {name: _one(name, section, config, profiles) for name, section in config.insurers.items()}
    return {name: _with_its_account(insurer, found.values()) for name, insurer in found.items()}


def _one(name: str, section: ReadSection, config: Config, profiles: Path) -> Insurer | MisconfiguredInsurer:
    known, defaults = section.rest, config.defaults.rest
    named, named_in = _merged(("profile",), insurer=dict(known), defaults=dict(defaults), built_in=_BUILT_IN)
    profile, unusable = _profile(named["profile"], profiles)
    values, origins = _merged(
        _KEYS,
        insurer=dict(known),
        defaults=dict(defaults),
        profile=dict(profile.facts) if profile else {},
        built_in=_BUILT_IN | {"account": name},
    )
    auth, auth_origins = _merged(
        _AUTH_KEYS,
        insurer=dict(known.auth or ()),
        defaults=dict(defaults.auth or ()),
        profile={"method": profile.facts.auth_methods[0]} if profile else {},
    )
    origins |= named_in | {f"auth.{key}": origin for key, origin in auth_origins.items()}
    problems = list(section.problems)
    for key, sentence in (*unusable, *_value_problems(values, profile), *_auth_problems(auth, config)):
        inherited = origins.get(key) != "insurer"
        if not section.doubts(key) and not (inherited and config.defaults.doubts(key)):
            problems.append(_said(name, key, sentence))
    if problems or profile is None:
        return MisconfiguredInsurer(name, tuple(problems))
    return Insurer(name=name, profile=profile, auth=Auth(**auth), origins=origins, **values)


def _profile(called: str, profiles: Path) -> tuple[Profile | None, list[tuple[str, str]]]:
    try:
        return load_profile(called, profiles), []
    except ConfigurationError as error:
        return None, [("profile", each) for each in error.problems]


def _merged(keys: Iterable[str], **places: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """
    Return for each key its value in the first place that has one (else None), and the names of those places.
    """
    values: dict[str, Any] = dict.fromkeys(keys)
    origins = {}
    for key in values:
        for origin, place in places.items():
            if place.get(key) is not None:
                values[key], origins[key] = place[key], origin.replace("_", "-")
                break
    return values, origins


def _said(name: str, key: str, sentence: str) -> str:
    return located(("insurers", name, *key.split(".")), sentence)


def _value_problems(values: Mapping[str, Any], profile: Profile | None) -> Iterator[tuple[str, str]]:
    """
    Yield what is wrong with an insurer's values; without a *profile*, only what no profile could put right.
    """
    for key in ("sts_url", "transfer_url"):
        if values[key] is None:
            yield key, "is missing; no profile knows an address, the insurer does"
    if profile and values["bipro_version"] is None:
        yield "bipro_version", f"is missing; the profile {profile.name} does not know it, the insurer does"
    if profile and profile.facts.consumer_id_required and not values["consumer_id"]:
        yield "consumer_id", f"is missing; {profile.facts.title} demands one"
    if values["ca_file"]:
        yield from (("ca_file", sentence) for sentence in _ca_problems(values["ca_file"]))
    if values["ack_after"] == "second_copy":
        yield "ack_after", "second_copy is not supported by this version yet"


def _ca_problems(path: str) -> Iterator[str]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        yield "holds no certificate that can be used; it must be PEM, with BEGIN CERTIFICATE lines"
    except OSError:
        yield "is not there, or cannot be read"


def _auth_problems(auth: Mapping[str, Any], config: Config) -> Iterator[tuple[str, str]]:
    if auth["method"] not in {"password", None}:
        yield "auth.method", f"{auth['method']} is not supported by this version yet; only password is"
    elif auth["method"]:
        for key in ("username", "password"):
            if auth[key] is None:
                yield f"auth.{key}", "is missing; the method password needs it"
    if auth["owner"] not in {None, *config.users}:
        yield "auth.owner", "is not one of [users]"


def _with_its_account(
    insurer: Insurer | MisconfiguredInsurer, others: Iterable[Insurer | MisconfiguredInsurer]
) -> Insurer | MisconfiguredInsurer:
    """
    Return *insurer*, unusable where another of the same account would log in differently: they share one breaker.
    """
    if isinstance(insurer, MisconfiguredInsurer):
        return insurer
    differing = [
        other.name
        for other in others
        if isinstance(other, Insurer)
        and other.account == insurer.account
        and (other.sts_url, other.auth) != (insurer.sts_url, insurer.auth)
    ]
    if not differing:
        return insurer
    sentence = f"is shared with {', '.join(differing)}, so sts_url and auth must be the same there"
    return MisconfiguredInsurer(insurer.name, (_said(insurer.name, "account", sentence),))


def missing_files(insurer: Insurer) -> Iterator[str]:
    """
    Yield for each secret of *insurer* why its file cannot be used; a pull would end with that.
    """
    yield from _missing(insurer, SecretSource.FILE)


def _missing(insurer: Insurer, *sources: SecretSource) -> Iterator[str]:
    for key, reference in insurer.auth.references():
        if reference.source in sources:
            try:
                fetch_secret(insurer, key, reference)
            except CredentialMissingError as error:
                yield error.message


def warnings(insurer: Insurer) -> Iterator[str]:
    """
    Yield what is no fault in an insurer's configuration, and should still be known before the first pull.

    A systemd credential or variable may well be absent here and present where a pull runs.
    """
    yield from _missing(insurer, SecretSource.CREDENTIAL, SecretSource.ENV)
    if insurer.acknowledge is None:
        yield _said(insurer.name, "acknowledge", "is not set, so everything is stored and nothing acknowledged")
    if insurer.auth.method not in insurer.profile.facts.auth_methods:
        yield _said(insurer.name, "auth.method", f"is not known to be offered by {insurer.profile.facts.title}")
    if insurer.workers > 1 and insurer.origins["workers"] != "built-in":
        yield _said(insurer.name, "workers", "is not used by this version yet; one shipment is fetched at a time")

"""An insurer's values, taken key by key from the first place that has one; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Config, InsurerSection, ReadSection
from ..config.expectations import BUILT_IN_SCHEDULE, BUILT_IN_TIMEZONE
from ..config.schema import AuthSection
from ..errors import ConfigurationError
from .profile import Profile, load_profile


_BUILT_IN: dict[str, Any] = {
    "profile": "generic",
    "environment": "production",
    "consumer_id": "",
    "confirmed_flag": "omit",
    "list_category": "",
    "ca_file": "",
    "proxy": "",
    "workers": 2,
    "calls_per_second": 0.0,
    "ack_after": "stored",
    "broker_numbers": (),
    "deliveries": {},
    "schedule": BUILT_IN_SCHEDULE,
    "timezone": BUILT_IN_TIMEZONE,
    "expect": {},
    "expect_numbers": {},
    "holidays": "DE",
}

_AUTH = "auth."
_KEYS = (
    *(key for key in InsurerSection.model_fields if key not in {"profile", "auth"}),
    *(_AUTH + key for key in AuthSection.model_fields),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What is said of one insurer, unchecked: values (None: nobody says) and their origins by key, as `workers` or
    `auth.method`.  *unusable* says why there is no profile.
    """

    section: ReadSection
    defaults: ReadSection
    profile: Profile | None
    unusable: tuple[str, ...]
    values: Mapping[str, Any]
    origins: Mapping[str, str]

    def doubts(self, key: str) -> bool:
        """
        Whether nothing is known of *key* because it has a problem where its value would come from.
        """
        inherited = self.origins.get(key) != "insurer"
        return self.section.doubts(key) or (inherited and self.defaults.doubts(key))

    def has(self, key: str) -> bool:
        """
        Whether *key* has a value, be it one with a problem of its own.
        """
        return self.values[key] is not None or self.doubts(key)

    def plain(self) -> dict[str, Any]:
        """
        Return the values outside of auth.
        """
        return {key: value for key, value in self.values.items() if not key.startswith(_AUTH)}

    def auth(self) -> dict[str, Any]:
        """
        Return the values of auth, by their keys there.
        """
        return {key.removeprefix(_AUTH): value for key, value in self.values.items() if key.startswith(_AUTH)}


def drafted(name: str, section: ReadSection, config: Config, profiles: Path) -> Draft:
    """
    Return what the section *name*, `[defaults]`, the profile and we ourselves say, in this order.
    """
    known, defaults = _flat(section.rest), _flat(config.defaults.rest)
    named, named_in = _merged(("profile",), insurer=known, defaults=defaults, built_in=_BUILT_IN)
    profile, unusable = _profile(named["profile"], profiles)
    values, origins = _merged(
        _KEYS,
        insurer=known,
        defaults=defaults,
        profile=dict(profile.facts) | {"auth.method": profile.facts.auth_methods[0]} if profile else {},
        built_in=_BUILT_IN | {"account": name},
    )
    return Draft(section, config.defaults, profile, unusable, values, origins | named_in)


def _profile(called: str, profiles: Path) -> tuple[Profile | None, tuple[str, ...]]:
    try:
        return load_profile(called, profiles), ()
    except ConfigurationError as error:
        return None, error.problems


def _flat(section: InsurerSection) -> dict[str, Any]:
    return dict(section) | {_AUTH + key: value for key, value in section.auth or ()}


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

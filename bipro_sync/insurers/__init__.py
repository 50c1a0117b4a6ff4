"""Insurers: what is known of each, as data, and the one way to talk to them; an address is never invented here."""

from __future__ import annotations

from .effective import effective, missing_files, warnings
from .insurer import Auth, Insurer, MisconfiguredInsurer
from .port import Provider, open_provider
from .profile import PROFILES_DIRECTORY, Profile, load_profile


__all__ = [
    "PROFILES_DIRECTORY",
    "Auth",
    "Insurer",
    "MisconfiguredInsurer",
    "Profile",
    "Provider",
    "effective",
    "load_profile",
    "missing_files",
    "open_provider",
    "warnings",
]

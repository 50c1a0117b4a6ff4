"""Insurers: what is known of each, as data, and the one way to talk to them; an address is never invented here."""

from __future__ import annotations

from ..bipro import TokenShelf
from ..config.profile_files import PROFILES_DIRECTORY, profile_names
from .auth import WITHOUT_STS, Auth
from .credentials import fetch_certificate, read_certificate_file
from .effective import effective
from .insurer import Insurer, MisconfiguredInsurer
from .owner import owner_objection, owner_warning
from .port import Provider, open_provider
from .profile import Profile, load_profile
from .remarks import CertificateRemark, absent_here, certificate_remark, missing_files, opened_certificate, warnings


__all__ = [
    "PROFILES_DIRECTORY",
    "WITHOUT_STS",
    "Auth",
    "CertificateRemark",
    "Insurer",
    "MisconfiguredInsurer",
    "Profile",
    "Provider",
    "TokenShelf",
    "absent_here",
    "certificate_remark",
    "effective",
    "fetch_certificate",
    "load_profile",
    "missing_files",
    "open_provider",
    "opened_certificate",
    "owner_objection",
    "owner_warning",
    "profile_names",
    "read_certificate_file",
    "warnings",
]

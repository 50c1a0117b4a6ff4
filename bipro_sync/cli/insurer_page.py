"""The page of one insurer: addresses, login, profile; secrets as their references, of certificates nothing private."""

from __future__ import annotations

from dataclasses import asdict

from ..config.schema import CertificateSection
from ..errors import CredentialMissingError
from ..insurers import Insurer, fetch_certificate
from ..model.ports import SystemClock


def page_of(insurer: Insurer) -> dict[str, object]:
    """
    Return how *insurer* is talked to, and what its profile says.
    """
    profile = insurer.profile
    return {
        "title": profile.facts.title,
        "profile_from": str(profile.path) if profile.path else "bipro-sync",
        "source": profile.facts.source,
        "reviewed_on": profile.facts.reviewed_on.isoformat(),
        "sts_url": insurer.sts_url,
        "transfer_url": insurer.transfer_url,
        "bipro_version": insurer.bipro_version,
        "consumer_id": insurer.consumer_id,
        "confirmed_flag": insurer.confirmed_flag,
        "list_category": insurer.list_category,
        "ca_file": insurer.ca_file,
        "proxy": insurer.proxy,
        "calls_per_second": insurer.calls_per_second,
        **_login(insurer),
        "owner": insurer.auth.owner,
        "contract_end": insurer.contract_end.isoformat() if insurer.contract_end else None,
        "unlock_contact": profile.facts.unlock_contact,
        "wire": asdict(insurer.form),
        "rights": list(profile.facts.rights),
        "rights_for": dict(profile.facts.rights_for),
        "notes": list(profile.facts.notes),
    }


def _login(insurer: Insurer) -> dict[str, object]:
    """
    Return what an insurer is logged in to with, secrets as their references.
    """
    auth = insurer.auth
    page: dict[str, object] = {
        "username": auth.username and str(auth.username),
        "password": auth.password and str(auth.password),
    }
    if auth.certificate:
        page["certificate"] = _certificate(insurer, auth.certificate)
    if auth.tgic:
        page["tgic"] = {"remark": "unproven", **dict(auth.tgic)}
    if auth.hub:
        page["hub"] = {"url": insurer.hub_url, "api_key": str(auth.hub.api_key)}
    return page


def _certificate(insurer: Insurer, section: CertificateSection) -> dict[str, object]:
    """
    Return what is to be known of a certificate: where it is, whose, until when; nothing of its holder or its key.
    """
    page: dict[str, object] = {
        "file": str(section.file),
        "passphrase": str(section.passphrase),
        "kind": "personal" if insurer.has_personal_certificate else "house",
        "owner": insurer.auth.owner,
    }
    now = SystemClock().now()
    try:
        certificate = fetch_certificate(insurer, section)
    except CredentialMissingError as error:
        return page | {"problem": error.message}
    return page | {
        "serial": certificate.serial,
        "valid_from": certificate.not_before.isoformat(),
        "valid_until": certificate.not_after.isoformat(),
        "days_left": (certificate.not_after - now).days,
        "problem": certificate.objection(now),
    }

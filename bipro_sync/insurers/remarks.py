"""What a check finds beyond the configuration itself: secrets and certificates that cannot be used, and what to know.

Nothing is sent; commands and keyrings are not asked, they may want a person's answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..bipro.certificate import ClientCertificate
from ..config.problems import located
from ..errors import CredentialMissingError
from ..model.certificate_life import FIRST_NOTICE
from ..model.secret import Secret, SecretSource
from .credentials import fetch_secret, read_certificate_file, unlocked
from .insurer import Insurer


_FILE_KEY = "auth.certificate.file"

_HERE_OR_THERE = (SecretSource.CREDENTIAL, SecretSource.ENV)
"""Sources that may well be absent here and present where a pull runs."""


def missing_files(insurer: Insurer) -> Iterator[str]:
    """
    Yield for each secret of *insurer*, and for its certificate, why its file cannot be used; a pull would end so.
    """
    yield from _missing(insurer, SecretSource.FILE)
    if insurer.auth.certificate:
        try:
            read_certificate_file(insurer, insurer.auth.certificate)
        except CredentialMissingError as error:
            yield error.message


def absent_here(insurer: Insurer, *sources: SecretSource) -> Iterator[str]:
    """
    Yield for each secret of *insurer* why it is not to be had here, though it may well be where a pull runs; of all
    such sources, or of these *sources* of them.
    """
    yield from _missing(insurer, *(sources or _HERE_OR_THERE))


def warnings(insurer: Insurer) -> Iterator[str]:
    """
    Yield what is no fault in an insurer's configuration, and should still be known before the first pull.
    """
    if insurer.acknowledge is None:
        yield _said(insurer, "acknowledge", "is not set, so everything is stored and nothing acknowledged")
    if insurer.auth.method not in insurer.profile.facts.auth_methods:
        yield _said(insurer, "auth.method", f"is not known to be offered by {insurer.profile.facts.title}")
    if insurer.auth.is_unproven:
        yield _said(
            insurer,
            "auth.method",
            f"{insurer.auth.method} is unproven: built from public facts only, and never tried with the real service",
        )


@dataclass(frozen=True, slots=True)
class CertificateRemark:
    """
    What is to be said of a certificate; with a problem, no login is possible.
    """

    sentence: str
    is_problem: bool


def certificate_remark(insurer: Insurer, now: datetime) -> CertificateRemark | None:
    """
    Return what is wrong with an insurer's certificate, or that it ends within 60 days.

    None: nothing, or it cannot be told here, because file or passphrase are not at hand; :func:`missing_files` and
    :func:`absent_here` say that.
    """
    try:
        certificate = _certificate(insurer)
    except CredentialMissingError as error:
        return CertificateRemark(error.message, is_problem=True)
    if certificate is None:
        return None
    if objection := certificate.objection(now):
        return CertificateRemark(_said(insurer, _FILE_KEY, objection), is_problem=True)
    left = certificate.not_after - now
    if left >= FIRST_NOTICE:
        return None
    ends = f"the certificate {certificate.serial} ends on {certificate.not_after:%Y-%m-%d}, days left: {left.days}"
    return CertificateRemark(_said(insurer, _FILE_KEY, ends), is_problem=False)


def opened_certificate(insurer: Insurer) -> tuple[bytes, ClientCertificate] | None:
    """
    Return the bytes of an insurer's PKCS#12 file and what it holds; None where it has none, or a command or keyring,
    which may want a person's answer, has its passphrase.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where file or passphrase cannot be used here.
    """
    locked = _locked(insurer)
    return (locked[0], unlocked(insurer, *locked)) if locked else None


def _certificate(insurer: Insurer) -> ClientCertificate | None:
    try:
        locked = _locked(insurer)
    except CredentialMissingError:
        return None
    return unlocked(insurer, *locked) if locked else None


def _locked(insurer: Insurer) -> tuple[bytes, Secret] | None:
    section = insurer.auth.certificate
    if section is None or section.passphrase.source not in {SecretSource.FILE, *_HERE_OR_THERE}:
        return None
    return read_certificate_file(insurer, section), fetch_secret(insurer, "certificate.passphrase")


def _missing(insurer: Insurer, *sources: SecretSource) -> Iterator[str]:
    for key, reference in insurer.auth.references():
        if reference.source in sources:
            try:
                fetch_secret(insurer, key)
            except CredentialMissingError as error:
                yield error.message


def _said(insurer: Insurer, key: str, sentence: str) -> str:
    return located(("insurers", insurer.name, *key.split(".")), sentence)

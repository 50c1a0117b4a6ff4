"""An insurer's secrets, fetched at the last moment; what is missing is named by insurer and key, never by content."""

from __future__ import annotations

from ..bipro.certificate import ClientCertificate
from ..config.problems import located
from ..config.schema import CertificateSection
from ..errors import CredentialMissingError
from ..model.secret import Secret, SecretRef, SecretSource
from ..secrets import credentials_are_here, read_secret_file, resolve
from ..systemd.units import by_hand
from .insurer import Insurer


def fetch_secret(insurer: Insurer, key: str) -> Secret:
    """
    Return the secret that *key* of *insurer*'s auth refers to.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` that says whose it is.
    """
    reference = dict(insurer.auth.references())[key]
    try:
        return resolve(reference)
    except CredentialMissingError as error:
        raise _of(insurer, key, error, hint=_remedy(insurer, reference) or error.hint) from None


def _remedy(insurer: Insurer, reference: SecretRef) -> str | None:
    """
    Say how the insurer's unit is used, or what it lacks, where the secret is one of systemd's; None for others.
    """
    if reference.source is not SecretSource.CREDENTIAL:
        return None
    if credentials_are_here():
        return f"`bipro-sync credentials set {reference.argument[0]}` stores it and lets the unit have it."
    return by_hand(insurer.name)


def read_certificate_file(insurer: Insurer, section: CertificateSection) -> bytes:
    """
    Return the bytes of the PKCS#12 file of *section*, still locked.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where its owner alone cannot read it.
    """
    try:
        return read_secret_file(section.file)
    except CredentialMissingError as error:
        raise _of(insurer, "certificate.file", error) from None


def unlocked(insurer: Insurer, data: bytes, passphrase: Secret) -> ClientCertificate:
    """
    Return what a PKCS#12 file with these bytes holds, be it valid today or not.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where the passphrase does not fit, or there is no key.
    """
    from ..bipro.pkcs12 import load_pkcs12  # noqa: PLC0415 - it takes long, and most insurers have a password

    try:
        return load_pkcs12(data, passphrase)
    except CredentialMissingError as error:
        raise _of(insurer, "certificate.file", error) from None


def fetch_certificate(insurer: Insurer, section: CertificateSection) -> ClientCertificate:
    """
    Return the certificate of *section*, with its passphrase from wherever that is.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` that says whose file or passphrase cannot be used.
    """
    data = read_certificate_file(insurer, section)
    return unlocked(insurer, data, fetch_secret(insurer, "certificate.passphrase"))


def _of(
    insurer: Insurer, key: str, error: CredentialMissingError, *, hint: str | None = None
) -> CredentialMissingError:
    place = ("insurers", insurer.name, "auth", *key.split("."))
    return CredentialMissingError(located(place, error.message), hint=hint or error.hint)

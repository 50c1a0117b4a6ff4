"""An insurer's secrets, fetched at the last moment; what is missing is named by insurer and key, never by content."""

from __future__ import annotations

from ..config.problems import located
from ..errors import CredentialMissingError
from ..model.secret import Secret, SecretRef
from ..secrets import resolve
from .insurer import Insurer


def fetch_secret(insurer: Insurer, key: str, reference: SecretRef) -> Secret:
    """
    Return the secret that *key* of *insurer*'s auth refers to.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` that says whose it is.
    """
    try:
        return resolve(reference)
    except CredentialMissingError as error:
        place = ("insurers", insurer.name, "auth", key)
        raise CredentialMissingError(located(place, error.message), hint=error.hint) from None

"""Which credential a login stands for: what the breaker knows it by, and how people call it; nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ...model.secret import Secret
from ..certificate import ClientCertificate
from ..wire import CertificateLogin, HubLogin, Login, PasswordLogin, SignatureLogin, TgicLogin, TlsLogin


_UNPROVEN = "The login at the TGIC is unproven, built from public facts only: please report what the service says."


@dataclass(frozen=True, slots=True)
class Credential:
    """
    *identity* and *secret* are what the gate is asked about; a certificate's secret is its SHA-256.

    *called* stands in sentences about it, *note* at the end of their hints; *hub* says that a hub is to believe it,
    not the insurer itself.
    """

    identity: str
    secret: Secret
    called: str
    note: str = ""
    hub: bool = False


def credential_of(login: Login | HubLogin) -> Credential:
    """
    Return what *login* proves itself with.
    """
    match login:
        case PasswordLogin(username, password):
            return Credential(username, password, "user name or password")
        case CertificateLogin(certificate) | SignatureLogin(certificate) | TlsLogin(certificate):
            return Credential(certificate.serial, _fingerprint(certificate), "the certificate")
        case TgicLogin(user_id=user_id, password=None, certificate=ClientCertificate() as certificate):
            return Credential(user_id, _fingerprint(certificate), "the TGIC's user id or certificate", _UNPROVEN)
        case TgicLogin(user_id=user_id, password=Secret() as password, certificate=None):
            return Credential(user_id, password, "the TGIC's user id or password", _UNPROVEN)
        case TgicLogin():
            raise ValueError("a login at the TGIC has exactly one of password and certificate")
        case HubLogin(api_key=key):
            return Credential("hub", key, "the hub's key", hub=True)
        case _:
            assert_never(login)


def _fingerprint(certificate: ClientCertificate) -> Secret:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - loaded with the certificate

    return Secret(certificate.certificate.fingerprint(SHA256()).hex())

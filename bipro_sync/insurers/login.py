"""How the wire logs in to one insurer, with its secrets in hand; they are fetched at the last moment."""

from __future__ import annotations

from typing import assert_never

from ..bipro import (
    CertificateLogin,
    ClientCertificate,
    HubLogin,
    Login,
    PasswordLogin,
    SignatureLogin,
    TgicLogin,
    TlsLogin,
)
from .credentials import fetch_certificate, fetch_secret
from .insurer import Insurer


def login_of(insurer: Insurer) -> Login:
    """
    Return the login of *insurer*.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` that names the key whose secret is not to be had.
    """
    match insurer.auth.method:
        case "password":
            return PasswordLogin(_username(insurer), fetch_secret(insurer, "password"))
        case "certificate":
            return CertificateLogin(_certificate(insurer))
        case "signature":
            return SignatureLogin(_certificate(insurer))
        case "tls":
            return TlsLogin(_certificate(insurer))
        case "tgic":
            return _tgic(insurer)
        case method:
            assert_never(method)


def hub_of(insurer: Insurer) -> HubLogin | None:
    """
    Return the login at the hub before *insurer*, if there is one; raises as :func:`login_of`.
    """
    return HubLogin(insurer.hub_url, fetch_secret(insurer, "hub.api_key")) if insurer.hub_url else None


def _username(insurer: Insurer) -> str:
    name = insurer.auth.username
    return name if isinstance(name, str) else fetch_secret(insurer, "username").reveal()


def _certificate(insurer: Insurer) -> ClientCertificate:
    assert insurer.auth.certificate, "a configuration without it is refused"
    return fetch_certificate(insurer, insurer.auth.certificate)


def _tgic(insurer: Insurer) -> TgicLogin:
    service = insurer.auth.tgic
    assert service, "a configuration without it is refused"
    return TgicLogin(
        url=service.url,
        service_id=service.service,
        user_id=service.user,
        password=fetch_secret(insurer, "password") if insurer.auth.password else None,
        certificate=_certificate(insurer) if insurer.auth.certificate else None,
    )

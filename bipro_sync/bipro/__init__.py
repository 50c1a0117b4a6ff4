"""The wire: BiPRO 410 logins and BiPRO 430 transfers over SOAP, MTOM and HTTP; it never touches a disk."""

from .certificate import ClientCertificate
from .client import BiproClient
from .login.shelf import TokenShelf
from .wire import (
    CertificateLogin,
    Connection,
    HubLogin,
    Login,
    PasswordLogin,
    SignatureLogin,
    TgicLogin,
    TlsLogin,
    WireForm,
)


__all__ = [
    "BiproClient",
    "CertificateLogin",
    "ClientCertificate",
    "Connection",
    "HubLogin",
    "Login",
    "PasswordLogin",
    "SignatureLogin",
    "TgicLogin",
    "TlsLogin",
    "TokenShelf",
    "WireForm",
]

"""The wire: BiPRO 410 logins and BiPRO 430 transfers over SOAP, MTOM and HTTP; it never touches a disk."""

from .client import BiproClient
from .wire import Connection, PasswordLogin, WireForm


__all__ = ["BiproClient", "Connection", "PasswordLogin", "WireForm"]

"""A client's certificate with its private key, in memory only; neither key nor passphrase is ever shown or written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """
    What a PKCS#12 file holds (RFC 7292): the certificate, its key, and the chain above it, nearest first.
    """

    certificate: Certificate
    key: PrivateKeyTypes = field(repr=False)
    chain: tuple[Certificate, ...] = ()

    @property
    def serial(self) -> str:
        """
        The serial number in hexadecimal, as insurers and the audit log name it.
        """
        return format(self.certificate.serial_number, "X")

    @property
    def not_after(self) -> datetime:
        """
        The moment from which on it is refused, aware and in UTC.
        """
        return self.certificate.not_valid_after_utc

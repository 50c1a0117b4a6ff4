"""A client's certificate with its private key, in memory only; neither key nor passphrase is ever shown or written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import CredentialMissingError


if TYPE_CHECKING:  # who has a certificate has loaded them; most logins need none
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """
    What a PKCS#12 file holds (RFC 7292): the certificate, its key, and the chain above it, nearest first.
    """

    certificate: Certificate = field(repr=False)
    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    chain: tuple[Certificate, ...] = field(default=(), repr=False)

    @property
    def serial(self) -> str:
        """
        The serial number in hexadecimal, as insurers and the audit log name it.
        """
        return format(self.certificate.serial_number, "X")

    @property
    def not_before(self) -> datetime:
        """
        The moment before which it is refused, aware and in UTC.
        """
        return self.certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """
        The moment from which on it is refused, aware and in UTC.
        """
        return self.certificate.not_valid_after_utc

    def objection(self, now: datetime) -> str | None:
        """
        Say why an insurer would refuse it at this moment, with serial number and date only; None: it is valid.
        """
        if now < self.not_before:
            return f"the certificate {self.serial} is not valid before {self.not_before:%Y-%m-%d %H:%M} UTC"
        if now >= self.not_after:
            return f"the certificate {self.serial} ran out on {self.not_after:%Y-%m-%d %H:%M} UTC"
        return None

    def demand_valid(self, insurer: str, now: datetime) -> None:
        """
        Refuse to log in to *insurer* outside of the certificate's own life: the insurer would count the attempt.

        Raises :class:`CredentialMissingError`.
        """
        if objection := self.objection(now):
            raise CredentialMissingError(
                f"{insurer}: {objection}; nothing was sent.",
                hint="Get a valid one from whoever issued it, let auth.certificate point to it, and check this "
                "machine's date.",
            )

"""Judges whose certificate proves this account, in a TLS connection or a signed message; it holds no key."""

from __future__ import annotations

from .clock import Clock
from .faults import RefusedCallError, TurnedAwayError


class Certificates:
    """
    Takes the certificates of one authority (PEM) that are valid now, and of these only *serial* (hexadecimal) if given.
    """

    def __init__(self, authority: bytes, serial: str, clock: Clock) -> None:
        self._authority = authority
        self._serial = serial
        self._clock = clock

    def check_connection(self, certificate: bytes | None) -> None:
        """
        Turn away a connection with the wrong certificate (403), or without one (401).
        """
        if certificate is None:
            raise TurnedAwayError(401)
        if not self._fits(certificate):
            raise TurnedAwayError(403)

    def check_signature(self, document: bytes) -> None:
        """
        Refuse a message that is not signed as it must be, or with the wrong certificate (00963).
        """
        from .signature import signer  # noqa: PLC0415  cryptography is a fifth of the time to start

        if not self._fits(signer(document, self._clock.now())):
            raise RefusedCallError("00960", "00963", detail="The certificate is not one of this account")

    def _fits(self, certificate: bytes) -> bool:
        from .authority import issued  # noqa: PLC0415  as above

        return issued(certificate, self._authority, self._serial, self._clock.now())

"""The central assertions: written for one insurer, which alone could open them; nobody here looks into one."""

from __future__ import annotations

import base64
import secrets
import threading
from datetime import datetime

from .clock import Clock
from .envelope import Element, Envelope, parse
from .faults import RefusedCallError


_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"

DECLARED = f'xmlns:saml2="{_SAML}" xmlns:xenc="{_ENCRYPTION}" xmlns:ds="{_SIGNATURE}"'
"""What an element above an assertion must declare."""


class Assertions:
    """
    The assertions that were given out, as their elements, and until when they hold.  Safe from several threads.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._given: list[tuple[Element, datetime]] = []

    def give(self, expires: datetime) -> str:
        """
        Return a new assertion as XML that needs :data:`DECLARED` somewhere above.
        """
        text = (
            f'<saml2:EncryptedAssertion><xenc:EncryptedData Type="{_ENCRYPTION}Element">'
            f'<xenc:EncryptionMethod Algorithm="{_ENCRYPTION}aes256-cbc"/><ds:KeyInfo><xenc:EncryptedKey>'
            f'<xenc:EncryptionMethod Algorithm="{_ENCRYPTION}rsa-oaep-mgf1p"/>{_cipher(256)}</xenc:EncryptedKey>'
            f"</ds:KeyInfo>{_cipher(1200)}</xenc:EncryptedData></saml2:EncryptedAssertion>"
        )
        element = parse(f"<all {DECLARED}>{text}</all>".encode()).children[0]
        with self._lock:
            self._given.append((element, expires))
        return text

    def check(self, envelope: Envelope) -> None:
        """
        Refuse a call that brings anything but one of these assertions, whole and in time.
        """
        found = envelope.security.children
        now = self._clock.now()
        with self._lock:
            good = any(found == [element] and now < expires for element, expires in self._given)
        if not good:
            raise RefusedCallError("00960", "00962")

    def forget(self) -> None:
        """
        Take back all assertions.
        """
        with self._lock:
            self._given.clear()


def _cipher(size: int) -> str:
    value = base64.b64encode(secrets.token_bytes(size)).decode()
    return f"<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData>"

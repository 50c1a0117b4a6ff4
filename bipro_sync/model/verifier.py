"""A public key that vouches for checkpoints, and its one line of text; it asks for no library until it is used."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import NoReturn

from ..errors import Family, IntegrityError


ED25519 = b"\x01"
"""What stands before a key of this kind, in its text and in its id."""

KEY_ID = 4
"""Bytes of a key's id."""

KEY_NAME = re.compile(r"[^\s+]+")
"""What a key may be called."""

_PUBLIC = 32


@dataclass(frozen=True, slots=True)
class Verifier:
    """
    A public key under its *name*; in text `NAME+ID+KEY`, the id in hexadecimal, the key in base64.
    """

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """
        Read a verifier's text.  Raises :class:`~bipro_sync.errors.IntegrityError` for anything else.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, key = rest.partition("+")
        data = decoded(key)
        if not KEY_NAME.fullmatch(name) or data[:1] != ED25519 or len(data) != 1 + _PUBLIC:
            _refuse("it is no verifier of the form NAME+ID+KEY with an Ed25519 key")
        verifier = cls(name, data[1:])
        if verifier.key_id.hex() != key_id:
            _refuse("the verifier's id does not belong to its name and key")
        return verifier

    @property
    def key_id(self) -> bytes:
        """
        The four bytes by which a signature names its key.
        """
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(ED25519 + self.public)}"

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """
        Say whether the signature is this key's over the text.
        """
        # Every configuration may name keys; the library they need costs a command more than its start may take.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - see above

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def encoded(data: bytes) -> str:
    """
    Return the bytes in base64.
    """
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    """
    Return what the base64 stands for; nothing where it is none, or not as one writes it.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if encoded(data) == text else b""


def _refuse(reason: str) -> NoReturn:
    raise IntegrityError(
        f"A key cannot be used: {reason}.",
        hint="`bipro-sync audit key show` prints the text as it is to be copied.",
        family=Family.AUDIT,
    )

"""The keys of age's X25519: a recipient, for whom is encrypted, and the identity that opens it, which is a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from . import bech32


_RECIPIENT = "age"
_IDENTITY = "age-secret-key-"


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    For whom is encrypted; *share* is the public key's 32 bytes.
    """

    share: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read `age1…`.  Raises :class:`ValueError`.
        """
        return cls(_demand_key(bech32.decode(_RECIPIENT, text)))

    def __str__(self) -> str:
        return bech32.encode(_RECIPIENT, self.share)

    def agree(self, ephemeral: X25519PrivateKey) -> bytes:
        """
        Return the secret shared with an *ephemeral* key.
        """
        return ephemeral.exchange(X25519PublicKey.from_public_bytes(self.share))


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Who opens what is encrypted for :attr:`recipient`; *key* is never shown.
    """

    key: X25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """
        Return a new one.
        """
        return cls(X25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read an identity file: one line `AGE-SECRET-KEY-1…`, beside comments.  Raises :class:`ValueError`.
        """
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if len(lines) != 1:
            raise ValueError("must hold one key, on a line of its own")
        return cls(X25519PrivateKey.from_private_bytes(_demand_key(bech32.decode(_IDENTITY, lines[0]))))

    @property
    def recipient(self) -> Recipient:
        """
        For whom is encrypted what this opens.
        """
        return Recipient(self.key.public_key().public_bytes_raw())

    def reveal(self) -> str:
        """
        Return `AGE-SECRET-KEY-1…`; called only where it is encrypted at once.
        """
        return bech32.encode(_IDENTITY, self.key.private_bytes_raw()).upper()


def _demand_key(data: bytes) -> bytes:
    if len(data) != 32:  # noqa: PLR2004 - X25519's keys have 32 bytes
        raise ValueError("is no X25519 key")
    return data

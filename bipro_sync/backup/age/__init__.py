"""Encrypted files in the age format, version 1 (C2SP age), so that other programs open them, too; no format of ours."""

from __future__ import annotations

from .files import decrypted, encrypted, locked, unlocked
from .keys import Identity, Recipient


__all__ = ["Identity", "Recipient", "decrypted", "encrypted", "locked", "unlocked"]

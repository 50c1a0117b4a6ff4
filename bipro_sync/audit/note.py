"""Signed notes (C2SP signed-note): a text, and below it who vouches for it with an Ed25519 key; one key is one line.

The format is that of transparency logs, so that others' tools can check what ours have signed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import Family, IntegrityError
from ..model.secret import Secret
from ..model.verifier import ED25519, KEY_ID, KEY_NAME, Verifier, decoded, encoded


__all__ = ["MAX_NOTE", "Note", "Signer", "Verifier", "opened"]

MAX_NOTE = 1 << 20
"""Bytes; an honest note has some hundred."""

_LINE = re.compile(f"\N{EM DASH} ({KEY_NAME.pattern}) ([0-9A-Za-z+/=]+)")
_PRIVATE = re.compile(rf"PRIVATE\+KEY\+({KEY_NAME.pattern})\+([0-9a-f]{{8}})\+([0-9A-Za-z+/=]+)")
_SEED = 32
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Signer:
    """
    A private key under its *name*, which has neither spaces nor `+`.
    """

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        if not KEY_NAME.fullmatch(name):
            raise ValueError("a key's name has neither spaces nor a plus sign")
        self._key = key
        self.verifier = Verifier(name, key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, secret: Secret) -> Signer:
        """
        Read a key's text, `PRIVATE+KEY+NAME+ID+SEED` as the tools of transparency logs write it.

        Raises :class:`ValueError`, which repeats nothing of it, for anything else.
        """
        found = _PRIVATE.fullmatch(secret.reveal().strip())
        data = decoded(found[3]) if found else b""
        if not found or data[:1] != ED25519 or len(data) != 1 + _SEED:
            raise ValueError("it is no key of the form PRIVATE+KEY+NAME+ID+SEED with an Ed25519 key")
        signer = cls(found[1], Ed25519PrivateKey.from_private_bytes(data[1:]))
        if signer.verifier.key_id.hex() != found[2]:
            raise ValueError("its id does not belong to its name and key")
        return signer

    @property
    def secret(self) -> Secret:
        """
        The key's text, as :meth:`parse` reads it.
        """
        seed = encoded(ED25519 + self._key.private_bytes_raw())
        return Secret(f"PRIVATE+KEY+{self.verifier.name}+{self.verifier.key_id.hex()}+{seed}")

    def sign(self, text: str) -> bytes:
        """
        Return the note: *text*, which ends with a newline, and this key's signature.
        """
        if not text.endswith("\n") or _CONTROL.search(text):
            raise ValueError("a note's text ends with a newline and has no other control characters")
        signature = self._key.sign(text.encode())
        line = f"\N{EM DASH} {self.verifier.name} {encoded(self.verifier.key_id + signature)}\n"
        return f"{text}\n{line}".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """
    A note's *text*, and the keys among those known whose signatures it bears.
    """

    text: str
    signed_by: tuple[Verifier, ...]


def opened(data: bytes, known: Collection[Verifier]) -> Note:
    """
    Return the note, of which nothing may be believed that no key has signed.

    Signatures by unknown keys are passed over.  Raises :class:`~bipro_sync.errors.IntegrityError` for what is no note,
    and where a known key's signature is wrong.
    """
    text, lines = _parts(data)
    found = []
    for name, key_id, signature in map(_signature, lines):
        for verifier in known:
            if (verifier.name, verifier.key_id) == (name, key_id):
                if not verifier.verifies(signature, text.encode()):
                    _refuse(f"the signature of {name} is not one over its text")
                found.append(verifier)
    return Note(text, tuple(dict.fromkeys(found)))


def _parts(data: bytes) -> tuple[str, Sequence[str]]:
    """
    Return the text of a note and its signature lines.
    """
    try:
        whole = data.decode() if len(data) <= MAX_NOTE else ""
    except UnicodeDecodeError:
        whole = ""
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or _CONTROL.search(whole):
        _refuse("it is no signed note")
    return f"{text}\n", signatures[:-1].split("\n")


def _signature(line: str) -> tuple[str, bytes, bytes]:
    """
    Return whose signature a line is: the key's name and id, and the signature itself.
    """
    found = _LINE.fullmatch(line)
    data = decoded(found[2]) if found else b""
    if not found or len(data) <= KEY_ID:
        _refuse("a line below its text is no signature")
    return found[1], data[:KEY_ID], data[KEY_ID:]


def _refuse(reason: str) -> NoReturn:
    raise IntegrityError(
        f"A checkpoint cannot be believed: {reason}.",
        hint="Keep it as it is, and compare with the copies outside of this machine.",
        family=Family.AUDIT,
    )

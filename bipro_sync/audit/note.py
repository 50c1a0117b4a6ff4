"""Signed notes (C2SP signed-note): a text, and below it who vouches for it with an Ed25519 key; one key is one line.

The format is that of transparency logs, so that others' tools can check what ours have signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import Family, IntegrityError


MAX_NOTE = 1 << 20
"""Bytes; an honest note has some hundred."""

_ED25519 = b"\x01"
_KEY_ID = 4
_PUBLIC = 32
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(f"\N{EM DASH} ({_NAME.pattern}) ([0-9A-Za-z+/=]+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


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
        data = _decoded(key)
        if not _NAME.fullmatch(name) or data[:1] != _ED25519 or len(data) != 1 + _PUBLIC:
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
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_encoded(_ED25519 + self.public)}"

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """
        Say whether the signature is this key's over the text.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


class Signer:
    """
    A private key under its *name*, which has neither spaces nor `+`.
    """

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError("a key's name has neither spaces nor a plus sign")
        self._key = key
        self.verifier = Verifier(name, key.public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """
        Return the note: *text*, which ends with a newline, and this key's signature.
        """
        if not text.endswith("\n") or _CONTROL.search(text):
            raise ValueError("a note's text ends with a newline and has no other control characters")
        signature = self._key.sign(text.encode())
        line = f"\N{EM DASH} {self.verifier.name} {_encoded(self.verifier.key_id + signature)}\n"
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
    data = _decoded(found[2]) if found else b""
    if not found or len(data) <= _KEY_ID:
        _refuse("a line below its text is no signature")
    return found[1], data[:_KEY_ID], data[_KEY_ID:]


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str) -> bytes:
    """
    Return what the base64 stands for; nothing where it is none, or not as one writes it.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _encoded(data) == text else b""


def _refuse(reason: str) -> NoReturn:
    raise IntegrityError(
        f"A checkpoint cannot be believed: {reason}.",
        hint="Keep it as it is, and compare with the copies outside of this machine.",
        family=Family.AUDIT,
    )

"""What an age file is made of: a header that wraps the file's key, and chunks of 64 KiB, each sealed by itself.

https://c2sp.org/age.  Bytes come and go in pieces of any size, so that no file need fit into memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ...errors import CredentialMissingError, IntegrityError
from .keys import Identity, Recipient


_VERSION = b"age-encryption.org/v1"
_X25519 = b"age-encryption.org/v1/X25519"
_SCRYPT = b"age-encryption.org/v1/scrypt"
_CHUNK = 64 << 10
_TAG = 16
_FILE_KEY = 16
_NONCE = 16
_NO_NONCE = bytes(12)
_LONGEST_HEADER = 16 << 10

_WORK = 17
"""Base-two logarithm of scrypt's cost: half a second, and 128 MiB, for each try of a passphrase."""

_MOST_WORK = 20

_Stanza = tuple[list[bytes], bytes]
_Unwrap = Callable[[_Stanza], bytes | None]


def encrypted(chunks: Iterable[bytes], recipient: Recipient) -> Iterator[bytes]:
    """
    Yield the age file that only *recipient*'s identity opens, with what *chunks* say in it.
    """
    file_key, ephemeral = os.urandom(_FILE_KEY), X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrapping = _derived(recipient.agree(ephemeral), share + recipient.share, _X25519)
    stanza = b"-> X25519 %s\n%s\n" % (_text(share), _text(_wrapped(wrapping, file_key)))
    return _sealed(chunks, file_key, stanza)


def decrypted(chunks: Iterable[bytes], identity: Identity) -> Iterator[bytes]:
    """
    Yield what was encrypted for *identity*.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where it was encrypted for somebody else,
    :class:`~bipro_sync.errors.IntegrityError` where it is damaged or cut: what was yielded before is right.
    """
    recipient = identity.recipient

    def unwrap(stanza: _Stanza) -> bytes | None:
        words, body = stanza
        if words[0] != b"X25519" or len(words) != 2:  # noqa: PLR2004 - its name and the share
            return None
        share = _bytes(words[1])
        try:
            shared = Recipient(share).agree(identity.key)
        except ValueError:
            _refuse()
        return _unwrapped(_derived(shared, share + recipient.share, _X25519), body)

    return _opened(chunks, unwrap, "It was encrypted for another key than the one given.")


def locked(content: bytes, passphrase: str) -> bytes:
    """
    Return the age file that a passphrase opens, with *content* in it.
    """
    file_key, salt = os.urandom(_FILE_KEY), os.urandom(16)
    body = _text(_wrapped(_stretched(passphrase, salt, _WORK), file_key))
    return b"".join(_sealed([content], file_key, b"-> scrypt %s %d\n%s\n" % (_text(salt), _WORK, body)))


def unlocked(data: bytes, passphrase: str) -> bytes:
    """
    Return what a passphrase opens.  Raises as :func:`decrypted`.
    """

    def unwrap(stanza: _Stanza) -> bytes | None:
        words, body = stanza
        if words[0] != b"scrypt" or len(words) != 3:  # noqa: PLR2004 - its name, the salt, the cost
            return None
        if not words[2].isdigit() or int(words[2]) > _MOST_WORK:
            _refuse()
        return _unwrapped(_stretched(passphrase, _bytes(words[1]), int(words[2])), body)

    return b"".join(_opened([data], unwrap, "The passphrase is not the one that it was locked with."))


def _sealed(chunks: Iterable[bytes], file_key: bytes, stanza: bytes) -> Iterator[bytes]:
    header = _VERSION + b"\n" + stanza + b"---"
    yield header + b" " + _text(_mac(file_key, header)) + b"\n"
    nonce = os.urandom(_NONCE)
    yield nonce
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    for number, (chunk, last) in enumerate(_in_pieces(chunks, _CHUNK)):
        yield cipher.encrypt(_nonce(number, last=last), chunk, None)


def _opened(chunks: Iterable[bytes], unwrap: _Unwrap, stranger: str) -> Iterator[bytes]:
    pieces = iter(chunks)
    stanzas, header, mac, rest = _header(pieces)
    file_key = next((key for key in map(unwrap, stanzas) if key is not None), None)
    if file_key is None:
        raise CredentialMissingError(stranger, hint="Give the key or passphrase that belongs to this backup.")
    if not hmac.compare_digest(_mac(file_key, header), mac):
        _refuse()
    while len(rest) < _NONCE:
        rest += next(pieces, b"") or _refuse()
    cipher = ChaCha20Poly1305(_derived(file_key, rest[:_NONCE], b"payload"))
    for number, (chunk, last) in enumerate(_in_pieces(_with(rest[_NONCE:], pieces), _CHUNK + _TAG)):
        try:
            plain = cipher.decrypt(_nonce(number, last=last), chunk, None)
        except InvalidTag:
            _refuse()
        if number and not plain:
            _refuse()
        yield plain


def _header(pieces: Iterator[bytes]) -> tuple[list[_Stanza], bytes, bytes, bytes]:
    """
    Return the stanzas, the bytes that the code vouches for, that code, and what was read behind the header.
    """
    read = b""
    while (found := re.search(rb"\n--- ([A-Za-z0-9+/]{43})\n", read)) is None:
        if len(read) > _LONGEST_HEADER:
            _refuse()
        read += next(pieces, b"") or _refuse()
    lines = read[: found.start()].split(b"\n")
    if lines[0] != _VERSION:
        _refuse()
    stanzas: list[_Stanza] = []
    for line in lines[1:]:
        if line.startswith(b"-> "):
            stanzas.append((line[3:].split(b" "), b""))
        elif stanzas:
            words, body = stanzas.pop()
            stanzas.append((words, body + _bytes(line)))
        else:
            _refuse()
    return stanzas, read[: found.start() + 4], _bytes(found[1]), read[found.end() :]


def _in_pieces(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """
    Yield the same bytes in pieces of *size*, the last one perhaps shorter, and whether it is the last.
    """
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        # A full piece waits, too: whether it is the last one shows only with the next byte.
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def _stretched(passphrase: str, salt: bytes, work: int) -> bytes:
    cost = 1 << work
    return hashlib.scrypt(
        passphrase.encode(), salt=_SCRYPT + salt, n=cost, r=8, p=1, dklen=32, maxmem=cost * 8 * 128 + (1 << 20)
    )


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")


def _wrapped(key: bytes, file_key: bytes) -> bytes:
    return ChaCha20Poly1305(key).encrypt(_NO_NONCE, file_key, None)


def _unwrapped(key: bytes, body: bytes) -> bytes | None:
    if len(body) != _FILE_KEY + _TAG:
        _refuse()
    try:
        return ChaCha20Poly1305(key).decrypt(_NO_NONCE, body, None)
    except InvalidTag:
        return None


def _text(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        _refuse()


def _refuse() -> NoReturn:
    raise IntegrityError("An encrypted file of the backup is damaged or cut.", hint="An older backup may be whole.")

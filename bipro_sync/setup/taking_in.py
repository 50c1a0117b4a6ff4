"""Putting a certificate's file in its place: only one that opens and is valid, and never over another."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..bipro.pkcs12 import load_pkcs12
from ..durable import errors, exists, make_directory, write_new
from ..errors import UsageError
from ..model.secret import Secret
from .ownership import give, service_user
from .writing import demand_writable


_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """
    What was put in its place; *fingerprint* is the certificate's SHA-256 in hexadecimal, and *open_to_others* says that
    others can read the file that it came from.
    """

    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    open_to_others: bool


def demand_free(target: Path) -> None:
    """
    Raise :class:`UsageError` where something stands at *target*, and :class:`~bipro_sync.errors.StorageError` where
    nothing could be put there, before anybody is asked for a passphrase.
    """
    if exists(target):
        raise UsageError(
            f"{target} is there already and is never overwritten; nothing was stored.",
            hint="Add --to PATH with a name of its own, with its year, say, and name that in the configuration.",
        )
    demand_writable(target.parent)


def take_in(file: Path, target: Path, passphrase: Secret, *, root: Path, now: datetime) -> TakenIn:
    """
    Copy the PKCS#12 *file* to *target*, for the owner of the archive at *root* only, once *passphrase* opens it.

    It is durable when this returns.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where it does not open, :class:`UsageError` where it has
    run out or something stands at *target*, and :class:`~bipro_sync.errors.StorageError` where it cannot be read or
    written.
    """
    demand_free(target)
    data, is_open = _read(file)
    held = load_pkcs12(data, passphrase)
    if now >= held.not_after:
        raise UsageError(f"The {held.objection(now)}; nothing was stored.", hint="Have a new one issued.")
    make_directory(target.parent, 0o755)
    write_new(target, data)
    if owner := service_user(root):
        give(target, *owner)
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - loaded with the certificate

    return TakenIn(
        serial=held.serial,
        fingerprint=held.certificate.fingerprint(SHA256()).hex(),
        not_before=held.not_before,
        not_after=held.not_after,
        open_to_others=is_open,
    )


def _read(file: Path) -> tuple[bytes, bool]:
    """
    Return the bytes of a file, and whether others can read it: a browser puts downloads where they can.
    """
    with (
        errors("read", file),
        open(file, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as source,
    ):
        mode = os.fstat(source.fileno()).st_mode
        data = source.read(_LARGEST + 1) if stat.S_ISREG(mode) else b""
    if not data or len(data) > _LARGEST:
        raise UsageError(f"{file} is empty, larger than 1 MiB or no regular file, so it is no certificate's file.")
    return data, bool(mode & (stat.S_IRGRP | stat.S_IROTH))

"""The file of the log's private key: made once, read by its owner alone; its text reaches nobody else."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..durable import exists, write_new
from ..errors import ConfigurationError, CredentialMissingError, UsageError
from ..model.secret import Secret
from ..model.verifier import Verifier
from ..secrets import read_secret_file
from .note import Signer


def make_key(path: Path, name: str) -> Verifier:
    """
    Make a key of this *name*, write it to *path*, for its owner only, and return its public half.

    Durable when it returns.  Raises :class:`~bipro_sync.errors.UsageError` where there is something already: a key is
    never overwritten.
    """
    try:
        signer = Signer(name, Ed25519PrivateKey.generate())
    except ValueError as error:
        raise UsageError(f"{name!r} cannot be a key's name: {error}.") from None
    if exists(path):
        raise UsageError(
            f"{path} exists, and a key is never overwritten.", hint="Name another file; the old key may be needed."
        )
    if not exists(path.parent):
        raise UsageError(
            f"There is no directory {path.parent}.", hint="Make it first; it is the key's owner's to choose."
        )
    write_new(path, f"{signer.secret.reveal()}\n".encode())
    return signer.verifier


def read_key(path: Path) -> Signer | None:
    """
    Return the key in the file at *path*; None where it is another user's, who signs then.

    Raises :class:`~bipro_sync.errors.ConfigurationError` where it is not there, open to others, or no key.
    """
    try:
        path.stat()
    except PermissionError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"The audit log's key {path} cannot be used: {error.strerror}; nothing was signed.",
            hint="Was it lost?  docs/audit-keys.md says what to do, and what stays provable.",
        ) from None
    if not os.access(path, os.R_OK, effective_ids=True):
        return None
    try:
        return Signer.parse(Secret(read_secret_file(path).decode("ascii")))
    except CredentialMissingError as error:
        message, hint = f"The audit log was not signed.  {error.message}", error.hint
    except ValueError:
        message = f"The file {path} holds no key of the audit log; nothing was signed."
        hint = "`bipro-sync audit key new` makes one, in a file of its own."
    raise ConfigurationError(message, hint=hint)

"""From a reference to the secret itself, at the moment it is needed; nothing of it may reach an error or a log."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .errors import CredentialMissingError
from .model.secret import Secret, SecretRef, SecretSource


KEYRING_SERVICE = "bipro-sync"
"""The service under which a keyring holds our secrets; the reference names the entry."""

_COMMAND_SECONDS = 30
_LARGEST_FILE = 1 << 20


def resolve(reference: SecretRef, *, environment: Mapping[str, str] = os.environ) -> Secret:
    """
    Return the secret that *reference* names; one line break at its end is not part of it.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where the source holds nothing usable.
    """
    match reference.source:
        case SecretSource.CREDENTIAL:
            text = _credential(reference.argument[0], environment)
        case SecretSource.FILE:
            path = Path(reference.argument[0])
            text = _text(path, read_secret_file(path), "The secret's file")
        case SecretSource.ENV:
            text = environment.get(reference.argument[0], "")
        case SecretSource.KEYRING:
            text = _keyring(reference.argument[0])
        case SecretSource.COMMAND:
            text = _command(reference.argument)
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise CredentialMissingError(
            f"The secret ({reference}) is empty or not there; nothing was sent.",
            hint="Put the secret where the configuration says, or correct the reference.",
        )
    return Secret(text)


def credentials_are_here(environment: Mapping[str, str] = os.environ) -> bool:
    """
    Say whether systemd has given this process any credentials: it runs inside a unit that loads some.
    """
    return bool(environment.get("CREDENTIALS_DIRECTORY"))


def read_secret_file(path: Path) -> bytes:
    """
    Return the bytes of a file that only its owner may read, be it a text or not.

    Raises :class:`~bipro_sync.errors.CredentialMissingError` where it is open to others, larger than 1 MiB, no regular
    file, or not to be read.
    """
    try:
        # Not blocking, or a pipe in its place would hold the run for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise CredentialMissingError(
                    f"The secret's file {path} is open to others or no regular file, so it is not used; "
                    "nothing was sent.",
                    hint=f"Only its owner may read it: chmod 400 {path}",
                )
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise _unreadable("The secret's file", path, error) from None
    if len(data) > _LARGEST_FILE:
        raise CredentialMissingError(f"The secret's file {path} is larger than 1 MiB; nothing was sent.")
    return data


def _credential(name: str, environment: Mapping[str, str]) -> str:
    directory = environment.get("CREDENTIALS_DIRECTORY")
    if not directory:
        raise CredentialMissingError(
            f"The systemd credential {name} cannot be read here; nothing was sent.",
            hint="systemd credentials exist only inside the unit: run `systemctl start bipro-sync-pull@NAME` "
            "(NAME: the insurer), or refer to a file instead.",
        )
    path = Path(directory) / name
    try:
        return _text(path, path.read_bytes(), "The systemd credential")
    except OSError as error:
        raise _unreadable("The systemd credential", path, error) from None


def _text(path: Path, data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise CredentialMissingError(f"{what} {path} is not UTF-8 text; nothing was sent.") from None


def _unreadable(what: str, path: Path, error: OSError) -> CredentialMissingError:
    return CredentialMissingError(
        f"{what} {path} cannot be read: {error.strerror}; nothing was sent.",
        hint="Put the secret where the configuration says, or correct the reference.",
    )


def _keyring(entry: str) -> str:
    try:
        import keyring  # noqa: PLC0415 - an optional extra
        from keyring.errors import KeyringError  # noqa: PLC0415 - likewise
    except ImportError:
        raise CredentialMissingError(
            "The keyring cannot be used: its library is not installed; nothing was sent.",
            hint="Install bipro-sync with its extra: pip install 'bipro-sync[keyring]'",
        ) from None
    try:
        return keyring.get_password(KEYRING_SERVICE, entry) or ""
    except KeyringError as error:
        raise CredentialMissingError(
            f"The keyring gives no entry {entry} of {KEYRING_SERVICE} ({type(error).__name__}); nothing was sent.",
            hint="Is the keyring unlocked for the user who runs this?",
        ) from None


def _command(words: tuple[str, ...]) -> str:
    hint = "Run the command by hand as the user who runs this, and see why."
    try:
        done = subprocess.run(  # noqa: S603 - the administrator's own command, word by word, without a shell
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )
        text = done.stdout.decode()
    except subprocess.TimeoutExpired:
        raise CredentialMissingError(
            f"The secret's command {words[0]} took longer than {_COMMAND_SECONDS} s; nothing was sent.", hint=hint
        ) from None
    except OSError as error:
        raise CredentialMissingError(
            f"The secret's command {words[0]} cannot be run: {error.strerror}; nothing was sent.", hint=hint
        ) from None
    except UnicodeDecodeError:
        raise CredentialMissingError(
            f"The secret's command {words[0]} printed no UTF-8 text; nothing was sent.", hint=hint
        ) from None
    if done.returncode:
        raise CredentialMissingError(
            f"The secret's command {words[0]} failed with exit code {done.returncode}; nothing was sent.", hint=hint
        )
    return text

"""systemd's encrypted store of credentials (systemd-creds(1)); a secret reaches it by a pipe, and no other place."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..durable import children, is_file, make_directory, replace
from ..errors import ConfigurationError, NotPermittedError, StorageError
from ..model.secret import Secret


_ENCRYPTING_SECONDS = 60
_NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,200}")
_OTHER = re.compile(r"LoadCredential(?:Encrypted)?=([^:\s]+)(?::(\S+))?")


@dataclass(frozen=True, slots=True)
class CredentialStore:
    """
    Where credentials lie on this machine, and the units' drop-ins that load them.
    """

    encrypted: Path = Path("/etc/credstore.encrypted")
    plain: Path = Path("/etc/credstore")
    units: Path = Path("/etc/systemd/system")

    def demand_usable(self, name: str) -> str:
        """
        Return the program that encrypts, before anybody is asked for a secret that could not be kept as *name*.

        Raises :class:`ConfigurationError` where there is no systemd-creds or the name is none of a credential, and
        :class:`NotPermittedError` for who is not root.
        """
        _demand_name(name)
        tool = shutil.which("systemd-creds")
        if tool is None:
            raise ConfigurationError(
                f"There is no systemd-creds here, so the credential {name} cannot be kept; nothing was stored.",
                hint=f'Write {{ file = "/etc/bipro-sync/{name}" }} into the configuration in the credential\'s place; '
                f"`bipro-sync credentials set /etc/bipro-sync/{name}` then makes that file, for its owner only.",
            )
        if os.geteuid():
            raise NotPermittedError(
                f"Only root may keep a credential in {self.encrypted}; nothing was stored.",
                hint="Say it again with sudo; who has logged in is still known behind it.",
            )
        return tool

    def keep(self, name: str, secret: Secret) -> Path:
        """
        Encrypt *secret* for this machine (its TPM or its own key), and put it into the store in the place of an older
        one; durable when it returns, and readable for root only.

        Raises as :meth:`demand_usable`, and :class:`StorageError` where it cannot be encrypted or written.
        """
        sealed = _encrypted(self.demand_usable(name), name, secret)
        make_directory(self.encrypted)
        path = self.encrypted / name
        replace(path, sealed)
        return path

    def load_into(self, name: str, units: Iterable[str]) -> Iterator[Path]:
        """
        Let each of *units* load the credential, by a drop-in of its own; yield the drop-ins, durable by then.
        """
        text = (
            "# Written by `bipro-sync credentials set`.\n"
            f"[Service]\nLoadCredentialEncrypted={name}:{self.encrypted / name}\n"
        )
        for unit in units:
            path = self.units / f"{unit}.d" / f"credential-{name}.conf"
            make_directory(path.parent, 0o755)
            replace(path, text.encode(), 0o644)
            yield path

    def others(self, name: str, units: Iterable[str]) -> Iterator[Path]:
        """
        Yield drop-ins of somebody else's that let one of *units* load this credential from another place.
        """
        for unit in units:
            for path in children(self.units / f"{unit}.d"):
                if path.suffix == ".conf" and path.name != f"credential-{name}.conf" and self._contradicts(path, name):
                    yield path

    def _contradicts(self, path: Path, name: str) -> bool:
        with suppress(OSError, UnicodeDecodeError):
            found = _OTHER.findall(path.read_text(encoding="utf-8"))
            return any(named == name and place != str(self.encrypted / name) for named, place in found)
        return False

    def place_of(self, name: str) -> Path | None:
        """
        Return where the credential lies; None where it lies nowhere.

        Raises :class:`StorageError` where that cannot be told: the store is for root only.
        """
        found = (path for path in (self.encrypted / name, self.plain / name) if is_file(path))
        return next(found, None)


def _demand_name(name: str) -> None:
    """
    Raise :class:`ConfigurationError` for a name that a unit's file could not carry.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            "A credential's name must be of letters, digits, dots, hyphens, underscores and @; nothing was stored.",
            hint="Give it another name in the configuration.",
        )


def stored_at(path: Path) -> datetime:
    """
    Return when a file was last written, aware and in UTC.  Raises :class:`StorageError` where that cannot be told.
    """
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise StorageError(f"Cannot look at {path}: {error.strerror}.") from error


def _encrypted(tool: str, name: str, secret: Secret) -> bytes:
    """
    Return the secret, encrypted for this machine and for this name alone.
    """
    words = [tool, "encrypt", f"--name={name}", "-", "-"]
    hint = f"`systemd-creds encrypt --name={name} - /dev/null` by hand, as root, says more."
    try:
        done = subprocess.run(  # noqa: S603 - the secret goes through the pipe, never into the words
            words, input=secret.reveal().encode(), capture_output=True, timeout=_ENCRYPTING_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise StorageError(
            f"systemd-creds cannot be run, so the credential {name} was not stored.", hint=hint
        ) from None
    if done.returncode or not done.stdout:
        raise StorageError(f"systemd-creds did not encrypt the credential {name}; nothing was stored.", hint=hint)
    return done.stdout

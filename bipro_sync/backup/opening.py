"""Coming to a backup directory with the right key: begun where it may be, or read as it is."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from ..archive import Layout, last_backup
from ..config import BackupSection
from ..durable import exists, read_whole
from ..errors import ConfigurationError, CredentialMissingError, StorageError
from ..secrets import read_secret_file, resolve
from .age import Identity, Recipient, locked, unlocked
from .index import FORMAT
from .target import IDENTITY, Marker, Target, begin, marker_of


@dataclass(frozen=True, slots=True)
class Way:
    """
    How the directory is reached: the configuration's section, another *directory* than its own, and the file with the
    *identity*, each if named.
    """

    section: BackupSection
    directory: Path | None = None
    identity: Path | None = None

    @property
    def root(self) -> Path:
        """
        The directory.  Raises :class:`~bipro_sync.errors.ConfigurationError` where none is named anywhere.
        """
        named = self.directory or (Path(self.section.directory) if self.section.directory else None)
        if named is None:
            raise ConfigurationError(
                "The configuration names no directory for backups.",
                hint="Set [backup] directory, or name one with --directory DIR.",
                code="no-backup-directory",
            )
        return named.absolute()

    def open(self) -> Target:
        """
        Return the directory as it was begun, with the key that opens it where that can be had.

        Raises :class:`~bipro_sync.errors.StorageError` where there is none,
        :class:`~bipro_sync.errors.CredentialMissingError` where key or passphrase do not fit.
        """
        marker = marker_of(self.root)
        if marker is None:
            raise StorageError(
                f"There are no backups in {self.root}: no marker is there.",
                hint="Is it mounted?  --directory DIR names backups that lie elsewhere.",
            )
        return Target(self.root, marker, self._identity(marker))

    def open_or_begin(self, layout: Layout, environment: str, *, anew: bool) -> Target:
        """
        Return the directory of the archive's backups, begun where nothing was ever backed up to it.

        *anew*, it is begun also where the last backup lay in a directory that is not there any more.  What is to be
        encrypted needs no key to be written.  Raises :class:`~bipro_sync.errors.StorageError` where it is not mounted,
        :class:`~bipro_sync.errors.ConfigurationError` where it is another environment's, or encrypted otherwise.
        """
        root, last = self.root, last_backup(layout)
        marker = marker_of(root)
        if marker is None:
            if last is not None and last.directory == str(root) and not anew:
                raise StorageError(
                    f"{root} is not mounted, or is another disk: the backups that were made there are not.",
                    hint="Mount it.  A new disk?  `bipro-sync backup create --begin` begins it.",
                )
            marker = self._begin(environment)
        if marker.environment != environment:
            raise ConfigurationError(
                f"{root} holds backups of the {marker.environment} environment, and this is {environment}.",
                hint="Give each environment a directory of its own.",
            )
        self._demand_encrypted_so(marker)
        return Target(root, marker)

    def _begin(self, environment: str) -> Marker:
        recipient, identity = self.section.recipient, None
        if self.section.passphrase:
            made = Identity.generate()
            recipient = str(made.recipient)
            identity = locked(made.reveal().encode(), resolve(self.section.passphrase).reveal())
        elif recipient:
            recipient = str(_recipient(recipient))
        marker = Marker(format=FORMAT, name=secrets.token_hex(16), environment=environment, recipient=recipient)
        begin(self.root, marker, identity)
        return marker

    def _demand_encrypted_so(self, marker: Marker) -> None:
        wanted = self.section.recipient
        with_passphrase = exists(self.root / IDENTITY)
        if wanted:
            fits = marker.recipient == wanted
        else:
            fits = (self.section.passphrase is not None) == with_passphrase and bool(
                marker.recipient
            ) == with_passphrase
        if not fits:
            raise ConfigurationError(
                f"The backups in {self.root} are encrypted otherwise than [backup] says, so none was added.",
                hint="Name a new directory; the old backups stay readable with their key.",
            )

    def _identity(self, marker: Marker) -> Identity | None:
        if marker.recipient is None:
            return None
        if self.identity is not None:
            found = _parsed(read_secret_file(self.identity), str(self.identity))
        elif self.section.passphrase and exists(self.root / IDENTITY):
            passphrase = resolve(self.section.passphrase).reveal()
            found = _parsed(unlocked(read_whole(self.root / IDENTITY), passphrase), IDENTITY)
        else:
            return None
        if str(found.recipient) != marker.recipient:
            raise CredentialMissingError(
                f"The backups in {self.root} were encrypted for another key.",
                hint="Name the file with the right one: `--identity FILE`.",
            )
        return found


def _parsed(data: bytes, where: str) -> Identity:
    try:
        return Identity.parse(data.decode())
    except ValueError as error:
        raise CredentialMissingError(
            f"The key in {where} cannot be used: it {_reason(error)}.", hint="It is what `age-keygen` writes."
        ) from None


def _reason(error: ValueError) -> str:
    return "is not UTF-8" if isinstance(error, UnicodeDecodeError) else re.sub(r"\.$", "", str(error))


def _recipient(text: str) -> Recipient:
    try:
        return Recipient.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"[backup] recipient: {error}.", hint="It is what `age-keygen -y` writes.") from error

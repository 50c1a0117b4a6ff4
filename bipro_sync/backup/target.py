"""The directory that backups lie in: objects by the SHA-256 of what they hold, and an index for each backup.

`objects/ab/<SHA-256>` (`.age` behind it where it is encrypted), `refs/<SHA-256>` and `backups/<name>.refs` (which
objects an index names, for who may not read it), `backups/<name>.json`, `identity.age`, and a marker, whose lock is
held by whoever writes here alone, and shared by whoever reads.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..durable import (
    LockOfAnother,
    NewFile,
    children,
    chunks,
    exists,
    is_directory,
    is_file,
    make_directory,
    make_file_durable,
    move,
    names,
    read_whole,
    remove_drafts,
    remove_file,
    replace,
)
from ..errors import BusyError, CredentialMissingError, IntegrityError, StorageError, UsageError
from .age import Identity, Recipient, decrypted, encrypted
from .index import BACKUPS, FORMAT, Backup, read


MARKER = "bipro-sync-backup.json"
IDENTITY = "identity.age"
ENCRYPTED = ".age"
REFS = ".refs"
_OLDER = (
    "Keep it as it is; an older backup may be whole, and `bipro-sync backup create` copies anew what it finds gone."
)


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """
    What stands in a backup directory: its name, and for whom everything in it is encrypted, None where it is not.
    """

    format: int
    name: str
    environment: str
    recipient: str | None = None


_MARKERS = msgspec.json.Decoder(Marker)


def marker_of(root: Path) -> Marker | None:
    """
    Return the marker in *root*, None where none is: nothing was ever backed up there, or it is not mounted.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    if not is_directory(root):
        raise StorageError(
            f"The backup directory {root} is not there, or is no directory.",
            hint="Is it mounted?  The directory itself must be there already, so that no empty mount point is filled.",
        )
    if not exists(root / MARKER):
        return None
    try:
        marker = _MARKERS.decode(read_whole(root / MARKER))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StorageError(
            f"{root / MARKER} cannot be read, so what lies there cannot be told.",
            hint="Keep the directory as it is, and name another one.",
        ) from error
    if marker.format != FORMAT:
        raise StorageError(f"{root} has format {marker.format}; this version reads {FORMAT}.")
    return marker


def begin(root: Path, marker: Marker, locked_identity: bytes | None) -> None:
    """
    Make *root* a backup directory; durable when it returns, the marker last of all.
    """
    for place in ("objects", "refs", "backups", "drafts"):
        make_directory(root / place)
    if locked_identity is not None:
        replace(root / IDENTITY, locked_identity, 0o400)
    replace(root / MARKER, msgspec.json.encode(marker) + b"\n")


@dataclass(slots=True)
class Target:
    """
    A backup directory that was begun; without an *identity* what is encrypted in it cannot be read.
    """

    root: Path
    marker: Marker
    identity: Identity | None = None
    _written: set[Path] = field(default_factory=set)

    @property
    def recipient(self) -> Recipient | None:
        """
        For whom everything here is encrypted.
        """
        return Recipient.parse(self.marker.recipient) if self.marker.recipient else None

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """
        Let nobody else write here, and *alone* nobody read.  Raises :class:`~bipro_sync.errors.BusyError`.
        """
        lock = LockOfAnother(self.root / MARKER)
        if not lock.acquire(wait=False, shared=not alone):
            raise BusyError(
                f"Another command works with the backups in {self.root}.", hint="Try again when it is done."
            )
        try:
            yield
        finally:
            lock.release()

    def clear_drafts(self) -> None:
        """
        Remove what dead processes have left half-written; the caller holds the directory alone.
        """
        for draft in children(self.root / "drafts"):
            remove_file(draft)
        for place in (self.root, self.root / "backups", self.root / "refs"):
            remove_drafts(place, r".+")

    def has(self, name: str) -> bool:
        """
        Say whether there is an object of this name.
        """
        return is_file(self._object(name))

    def put(self, content: Iterable[bytes]) -> tuple[str, int]:
        """
        Return the name of the object that holds *content*, and how many bytes were written for it: 0 where it was
        there already.

        Durable once :meth:`settle` has returned.  A crash leaves a draft that nobody reads.
        """
        digest = hashlib.sha256()

        def hashed() -> Iterator[bytes]:
            for chunk in content:
                digest.update(chunk)
                yield chunk

        draft = self.root / "drafts" / secrets.token_hex(8)
        file = NewFile(draft, 0o400)
        try:
            for piece in encrypted(hashed(), self.recipient) if self.recipient else hashed():
                file.write(piece)
            name = digest.hexdigest()
            if self.has(name):
                file.abandon()
                remove_file(draft)
                return name, 0
            size = file.finish().size
        except BaseException:
            file.abandon()
            draft.unlink(missing_ok=True)
            raise
        path = self._object(name)
        make_directory(path.parent)
        move(draft, path)
        self._written.add(path.parent)
        return name, size

    def settle(self) -> None:
        """
        Make durable where the objects lie that were put.
        """
        for directory in sorted(self._written):
            make_file_durable(directory)
        self._written.clear()

    def get(self, name: str) -> Iterator[bytes]:
        """
        Yield an object's bytes; only when all were taken is it known that they are right.

        Raises :class:`~bipro_sync.errors.IntegrityError` where they are not, or the object is gone,
        :class:`~bipro_sync.errors.CredentialMissingError` where the key is missing or another's.
        """
        path = self._object(name)
        if not is_file(path):
            raise IntegrityError(f"The backup's object {name[:12]}… is missing.", hint=_OLDER)
        digest = hashlib.sha256()
        for chunk in self._plain(path):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != name:
            raise IntegrityError(f"The backup's object {name[:12]}… is not what was written.", hint=_OLDER)

    def backups(self) -> list[str]:
        """
        Return the names of the backups that are whole, oldest first.
        """
        ends = (f".json{ENCRYPTED}" if self.marker.recipient else ".json",)
        found = (name for name in names(self.root / "backups") if not name.startswith("."))
        return sorted(name.removesuffix(end) for name in found for end in ends if name.endswith(end))

    def backup(self, name: str | None = None) -> Backup:
        """
        Return the backup of this name, the last one without.  Raises as :meth:`get`, and
        :class:`~bipro_sync.errors.UsageError` where there is none.
        """
        there = self.backups()
        if not there:
            raise UsageError(f"There is no backup in {self.root} yet.", hint="`bipro-sync backup create` makes one.")
        if name is not None and name not in there:
            raise UsageError(f"There is no backup {name} in {self.root}; the last one is {there[-1]}.")
        return read(b"".join(self._plain(self.index_path(name or there[-1]))), BACKUPS)

    def enter(self, name: str, index: bytes, refs: Sequence[str]) -> None:
        """
        Let a backup be there whose objects are durable; durable when it returns, and until then it is not there.
        """
        replace(self.root / "backups" / f"{name}{REFS}", "\n".join(refs).encode())
        content = b"".join(encrypted([index], self.recipient)) if self.recipient else index
        replace(self.index_path(name), content, 0o400)

    def note_refs(self, name: str, refs: Iterable[str]) -> None:
        """
        Note which objects the listing *name* refers to; durable when it returns.
        """
        path = self.root / "refs" / name
        if not exists(path):
            replace(path, "\n".join(refs).encode())

    def _plain(self, path: Path) -> Iterator[bytes]:
        if not self.marker.recipient:
            return chunks(path)
        if self.identity is None:
            raise CredentialMissingError(
                f"The backups in {self.root} are encrypted, and the key that opens them is not here.",
                hint="Name the file with it: `--identity FILE`.",
            )
        return decrypted(chunks(path), self.identity)

    def _object(self, name: str) -> Path:
        return self.root / "objects" / name[:2] / f"{name}{ENCRYPTED if self.marker.recipient else ''}"

    def index_path(self, name: str) -> Path:
        """
        Return where the index of the backup *name* is, or would be.
        """
        return self.root / "backups" / f"{name}.json{ENCRYPTED if self.marker.recipient else ''}"

"""Every stored shipment once more on another mount, read back there; nothing there is ever replaced."""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

from ..durable import (
    READ_ONLY,
    NewFile,
    children,
    chunks,
    exists,
    is_file,
    make_directory,
    make_durable,
    publish_directory,
    remove_tree,
    seal,
    withdraw_directory,
)
from ..errors import BiproSyncError, IntegrityError, StorageError
from .acknowledged import AcknowledgedList, Acknowledgement
from .copy_place import CopyPlace, copy_errors
from .layout import Layout
from .manifest import Manifest
from .store import MANIFEST, Archive, contents
from .tombstone import Tombstone, give_way, tombstone_at


_HINT = (
    "Keep both as they are; `bipro-sync archive verify` and `bipro-sync archive compare` say which is damaged.  Where "
    "it is the copy, move that shipment's directory out of it, and the next run copies it again."
)


class SecondCopy:
    """
    An archive's second copy: each shipment at the same relative path, and the list of those acknowledged.

    Several threads and processes may use it at once.
    """

    def __init__(self, place: CopyPlace) -> None:
        self.place = place
        self.listed = AcknowledgedList(place.root, lock=place.lock)
        self._archive = Archive(place.layout)
        self._copies = Archive(Layout(place.root))
        self._threads = threading.Lock()
        self._cleared: set[str] = set()

    def copy(self, path: PurePosixPath, *, writer: str) -> bool:
        """
        Copy a stored shipment, or accept the equal copy that is there, and read it back from the device.

        Says whether it was copied now; durable and compared with the archive's manifest when it returns.  A copy of
        the same contents, fetched at another time, is equal: a restored archive fetches anew what was not
        acknowledged.  *writer* names whose drafts these are: no two processes may use one name at once.  Raises
        :class:`~bipro_sync.errors.SecondCopyError` where the copy fails, :class:`~bipro_sync.errors.IntegrityError`
        where it or the archive holds other bytes: a copy is never replaced.
        """
        self.place.demand()
        manifest, digest = self._archive.manifest(path)
        target = self.place.root / path
        with copy_errors():
            new = not exists(target)
        if new:
            try:
                self._publish(path, manifest, digest, self._draft(writer))
            except FileExistsError:
                new = False
        if not new:
            # The run that published it may have died before it was durable.
            with copy_errors():
                make_durable(target, self.place.root)
        self._read_back(path, manifest, digest)
        if not new:
            with copy_errors():
                seal(target)
        return new

    def bury(self, tombstone: Tombstone) -> bool:
        """
        Let a tombstone of the archive's stand here, too, and what it stands for go; durable when it returns.

        Says whether there was anything to do.  Raises :class:`~bipro_sync.errors.SecondCopyError`.
        """
        self.place.demand()
        copies = self._copies.layout
        with copy_errors():
            done = tombstone_at(copies, PurePosixPath(tombstone.path)) and not exists(copies.root / tombstone.path)
            give_way(copies, tombstone)
        return not done

    def note(self, acknowledgement: Acknowledgement) -> None:
        """
        Note beside the copy that a shipment is about to be acknowledged; durable when it returns.
        """
        self.place.demand()
        self.listed.append(acknowledgement)

    def _draft(self, writer: str) -> Path:
        """
        Make a directory for a draft; the first of this process removes what dead ones of *writer* left.
        """
        drafts = self.place.root / "drafts" / writer
        draft = drafts / secrets.token_hex(8)
        with copy_errors():
            with self._threads:
                if writer not in self._cleared:
                    for leftover in children(drafts):
                        remove_tree(leftover)
                    self._cleared.add(writer)
            make_directory(draft)
        return draft

    def _publish(self, path: PurePosixPath, manifest: Manifest, digest: str, draft: Path) -> None:
        try:
            expected = {name: sha256 for name, (_, sha256) in contents(manifest).items()}
            for name, sha256 in {**expected, MANIFEST: digest}.items():
                source = self.place.layout.root / path / name
                if not is_file(source):
                    raise IntegrityError(f"{path}/{name} is missing.")
                if _copied(source, draft / name) != sha256:
                    raise IntegrityError(f"{path}/{name} does not hold the bytes that were received.")
            with copy_errors():
                _publish_or_withdraw(draft, self.place.root / path)
        except (BiproSyncError, FileExistsError):
            with suppress(StorageError):
                remove_tree(draft)
            raise

    def _read_back(self, path: PurePosixPath, manifest: Manifest, digest: str) -> None:
        try:
            with copy_errors():
                found = self._copies.read_back(path)
        except IntegrityError as error:
            raise IntegrityError(f"In the second copy, {error.message}", hint=_HINT) from error
        fetched_anew = found.manifest.stored_at != manifest.stored_at
        same = fetched_anew and found.manifest.content_sha256 == manifest.content_sha256
        if found.manifest_sha256 != digest and not same:
            raise IntegrityError(f"In the second copy, {path} is another delivery than in the archive.", hint=_HINT)


def acknowledgement_of(archive: Archive, path: PurePosixPath, now: datetime) -> Acknowledgement:
    """
    Return what is to be noted of a stored shipment before it is acknowledged.
    """
    manifest, digest = archive.manifest(path)
    return Acknowledgement(
        at=now,
        insurer=manifest.insurer,
        account=manifest.account,
        shipment=manifest.shipment,
        path=str(path),
        manifest_sha256=digest,
        content_sha256=manifest.content_sha256,
    )


def _copied(source: Path, target: Path) -> str:
    """
    Copy a file durably and return its SHA-256; what fails at the source is the archive's own failure.
    """
    with copy_errors():
        file = NewFile(target, READ_ONLY)
    try:
        for chunk in chunks(source):
            with copy_errors():
                file.write(chunk)
        with copy_errors():
            return file.finish().sha256
    finally:
        file.abandon()


def _publish_or_withdraw(draft: Path, target: Path) -> None:
    try:
        make_directory(target.parent)
        publish_directory(draft, target)
    except StorageError:
        # As in the archive: what may not be durable must not be found by a later run.
        withdraw_directory(target, draft)
        raise

"""Storing a received shipment for good and reading it back from the device; nothing stored is ever changed (I1, I3)."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from ..durable import (
    DirectoryMaker,
    exists,
    is_file,
    make_durable,
    publish_directory,
    read_back,
    read_whole,
    seal,
    withdraw_directory,
)
from ..errors import IntegrityError, StorageError
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment, ReceivedFile
from .layout import Layout
from .manifest import Manifest, ManifestFile
from .recognise import file_kind, recognise
from .spool import SpooledShipment


ENVELOPE = "envelope.xml"
"""The name of the SOAP root part beside the files."""

MANIFEST = "manifest.json"
"""The name of the manifest beside the files."""

_NAME_LETTERS = frozenset(string.ascii_letters + string.digits + "-")


@dataclass(frozen=True, slots=True)
class Stored:
    """
    A shipment whose bytes were read back from the device: its path relative to the root, its manifest, and the
    manifest's SHA-256.

    *erased* says that they gave way to a tombstone, from which all this is known.
    """

    path: PurePosixPath
    manifest: Manifest
    manifest_sha256: str
    erased: bool = False


class Archive:
    """
    The archive below one root.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._directories = DirectoryMaker(layout.root)

    def store(
        self, received: SpooledShipment, draft: Manifest, fetched: FetchedShipment, path: PurePosixPath
    ) -> Stored:
        """
        Publish a received shipment at *path* and read it back (invariant I1).

        *draft* is the manifest without its files, which are named and described here.  When it returns, every
        byte is durable, was dropped from the page cache, read from the device and re-hashed.  Raises
        :class:`FileExistsError` where *path* exists, :class:`~bipro_sync.errors.StorageError` where the disk
        fails, :class:`~bipro_sync.errors.IntegrityError` where it gives back other bytes.
        """
        target = self.layout.root / path
        if exists(target):
            raise FileExistsError(str(path))
        names, files = _name_files(draft.kind, fetched)
        manifest = msgspec.structs.replace(draft, files=files)
        received.keep_only(names)
        received.add(MANIFEST, manifest.encode())
        try:
            self._directories.make(target.parent)
            received.settle(names)
            publish_directory(received.directory, target)
        except StorageError:
            # A failed fsync is never repeated (I5): what may not be durable must not be found by a later run.
            withdraw_directory(target, received.directory)
            raise
        return self.read_back(path)

    def adopt(self, path: PurePosixPath) -> Stored:
        """
        Make durable what a run published and did not live to note, and read it back as :meth:`read_back` does.
        """
        seal(self.layout.root / path)
        make_durable(self.layout.root / path, self.layout.root)
        return self.read_back(path)

    def read_back(self, path: PurePosixPath) -> Stored:
        """
        Read a stored shipment from the device and compare every byte with its manifest.

        Raises :class:`~bipro_sync.errors.IntegrityError` naming the file that is missing or differs.
        """
        directory = self.layout.root / path
        manifest, digest = self.manifest(path)
        for name, (size, sha256) in contents(manifest).items():
            if not is_file(directory / name):
                raise IntegrityError(f"{path}/{name} is missing.")
            found = read_back(directory / name)
            if (found.size, found.sha256) != (size, sha256):
                raise IntegrityError(f"{path}/{name} does not hold the bytes that were received.")
        return Stored(path, manifest, digest)

    def manifest(self, path: PurePosixPath) -> tuple[Manifest, str]:
        """
        Return a stored shipment's manifest and its SHA-256.  Raises as :meth:`read_back`.
        """
        file = self.layout.root / path / MANIFEST
        if not is_file(file):
            if is_file(self.layout.tombstones / f"{path}.json"):
                raise IntegrityError(
                    f"{path} was kept for as long as the law demands and is no longer here; its tombstone is.  It is "
                    "neither acknowledged nor fetched again.",
                    hint="Where the insurer lists it again, only the insurer can end that.",
                )
            raise IntegrityError(f"{path}/{MANIFEST} is missing.")
        data = read_whole(file)
        return Manifest.decode(data), hashlib.sha256(data).hexdigest()


def contents(manifest: Manifest) -> dict[str, tuple[int, str]]:
    """
    Return the size and the SHA-256 of each file beside a manifest, by name.
    """
    files = {file.stored: (file.size, file.sha256) for file in manifest.files}
    return files | {ENVELOPE: (manifest.envelope_size, manifest.envelope_sha256)}


def _name_files(kind: Kind, fetched: FetchedShipment) -> tuple[dict[str, str], tuple[ManifestFile, ...]]:
    # One part may stand for two files, where the insurer referred to it twice: it is stored once.
    names = {fetched.envelope.handle: ENVELOPE}
    described = []
    for file in (*fetched.files, *map(ReceivedFile.of_part, fetched.unreferenced)):
        if file.part is None:
            continue
        content = recognise(file.part.head)
        if file.part.handle not in names:
            names[file.part.handle] = f"{len(names):02d}-{_label(file)}.{content.extension}"
        described.append(
            ManifestFile(
                stored=names[file.part.handle],
                size=file.part.size,
                sha256=file.part.sha256,
                media_type=content.media_type,
                kind=file_kind(content, kind),
                transfer=file.transfer + 1,
                name=file.name,
                declared_media_type=file.media_type,
                file_type=file.file_type,
                document_types=file.document_types,
                compression=file.compression,
                checksum_algorithm=file.checksum.algorithm if file.checksum else None,
                checksum=file.checksum.value if file.checksum else None,
                link=file.link,
            )
        )
    return names, tuple(described)


def _label(file: ReceivedFile) -> str:
    """
    Return a plain word for our file name: the document type where it is one, else the file type, else `File`.
    """
    for candidate in (*file.document_types, file.file_type or ""):
        word = "".join(character for character in candidate if character in _NAME_LETTERS)
        if word and word == candidate:
            return word[:60]
    return "File"

"""Comparing what is stored with what was stored, from the files alone; it reports and never repairs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..durable import children, exists, read_back, size_of
from ..errors import IntegrityError, StorageError
from .layout import Layout
from .store import ENVELOPE, MANIFEST, Archive, Stored
from .tombstone import below, tombstone_at, tombstone_paths


RESTORE = "Keep this directory as it is, copy it elsewhere, and bring back the one of the last backup."
"""What to do about a shipment that is not what it was."""


FINISH = "`bipro-sync archive prune` was interrupted: plan and execute it once more."
"""What to do about bytes that lie beside their tombstone."""


class UnfinishedErasureError(IntegrityError):
    """
    What has a tombstone lies there still.
    """


@dataclass(frozen=True, slots=True)
class ArchiveFinding:
    """
    One thing that is not as it was stored: the shipment's path, what is wrong, and what to do, a sentence each.
    """

    path: str
    problem: str
    remedy: str = RESTORE


@dataclass(frozen=True, slots=True)
class Subset:
    """
    The *number*-th of *of* parts of an archive, counted from 1; each shipment belongs to exactly one, for good.
    """

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, path: str | PurePosixPath) -> bool:
        """
        Say whether the shipment at this path, relative to the root, belongs to the part.
        """
        digest = hashlib.sha256(os.fsencode(path)).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


WHOLE = Subset()
"""All of an archive."""


@dataclass(frozen=True, slots=True)
class ArchiveVerification:
    """
    What was re-hashed (shipments, files, bytes) and every finding.
    """

    shipments: int
    files: int
    bytes: int
    findings: tuple[ArchiveFinding, ...]
    digests: dict[str, str]
    """The SHA-256 of each manifest, by path: what the catalogue must agree with."""


@dataclass(frozen=True, slots=True)
class Examined:
    """
    A shipment that is what it was: as it was stored, and how many files and bytes of it were looked at.
    """

    stored: Stored
    files: int
    bytes: int


def examine(archive: Archive, path: PurePosixPath, *, rehash: bool) -> Examined:
    """
    Compare the shipment at *path* with its manifest: sizes, and with *rehash* every byte, read from the device.

    Raises :class:`~bipro_sync.errors.IntegrityError` naming the first file that is missing or differs.
    """
    tombstone = tombstone_at(archive.layout, path)
    manifest, digest = (
        (tombstone.manifest, tombstone.manifest_sha256) if tombstone is not None else archive.manifest(path)
    )
    expected = {file.stored: (file.size, file.sha256) for file in manifest.files}
    expected[ENVELOPE] = (manifest.envelope_size, manifest.envelope_sha256)
    for erased in tombstone.erased if tombstone is not None else ():
        if exists(archive.layout.root / path / erased.stored):
            raise UnfinishedErasureError(f"{path}/{erased.stored} has a tombstone, and was not erased.")
        expected.pop(erased.stored, None)
    _compare(archive.layout, path, expected, rehash=rehash)
    files = len(expected) + (tombstone is None)
    size = sum(size for size, _ in expected.values())
    return Examined(Stored(path, manifest, digest, tombstone is not None), files, size)


def _compare(layout: Layout, path: PurePosixPath, expected: Mapping[str, tuple[int, str]], *, rehash: bool) -> None:
    for name, (size, sha256) in expected.items():
        file = layout.root / path / name
        found = size_of(file)
        if found is None:
            raise IntegrityError(f"{path}/{name} is missing.")
        if found != size or (rehash and read_back(file).sha256 != sha256):
            raise IntegrityError(f"{path}/{name} does not hold the bytes that were received.")


def verify_archive(
    layout: Layout, subset: Subset = WHOLE, *, step: Callable[[str], None] = lambda _: None
) -> ArchiveVerification:
    """
    Read every stored and quarantined shipment of *subset* from the device and compare it with its manifest.

    *step* is told of each.  A missing or changed file, an unreadable manifest, and a file in a shipment that no
    manifest names are findings.  So is what cannot be read.  Raises :class:`~bipro_sync.errors.StorageError` where the
    archive as a whole cannot.
    """
    archive = Archive(layout)
    findings: list[ArchiveFinding] = []
    digests: dict[str, str] = {}
    files = size = 0
    for path in stored_paths(layout):
        if not subset.holds(path):
            continue
        step("shipments")
        try:
            found = examine(archive, path, rehash=True)
            findings += _strangers(layout, found)
        except (IntegrityError, StorageError) as error:
            # One that cannot be read is a finding like one that has changed; the others are still looked at.
            remedy = FINISH if isinstance(error, UnfinishedErasureError) else RESTORE
            findings.append(ArchiveFinding(str(path), error.message, remedy))
        else:
            digests[str(path)] = found.stored.manifest_sha256
            files += found.files
            size += found.bytes
    findings.sort(key=lambda finding: finding.path)
    return ArchiveVerification(len(digests), files, size, tuple(findings), digests)


def _strangers(layout: Layout, found: Examined) -> list[ArchiveFinding]:
    """
    Return a finding for each file in a shipment's directory that is no part of the shipment.
    """
    known = {file.stored for file in found.stored.manifest.files} | {ENVELOPE, MANIFEST}
    return [
        ArchiveFinding(
            str(found.stored.path),
            f"{entry.name} is no part of the shipment.",
            "Find out who put it there, then move it elsewhere; the shipment itself is whole.",
        )
        for entry in children(layout.root / found.stored.path)
        if entry.name not in known
    ]


def stored_paths(layout: Layout) -> Iterator[PurePosixPath]:
    """
    Yield every shipment below `shipments/` and then `quarantine/`, relative to the root and in no order, those of
    which nothing but a tombstone is left last.
    """
    for place in (layout.shipments, layout.quarantine):
        yield from below(layout, PurePosixPath(place.name))
    for path in tombstone_paths(layout):
        if not exists(layout.root / path):
            yield path

"""Re-hashing what is stored, from the files alone; it reports and never repairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..durable import children
from ..errors import IntegrityError, StorageError
from .layout import Layout
from .store import ENVELOPE, MANIFEST, Archive


@dataclass(frozen=True, slots=True)
class ArchiveFinding:
    """
    One thing that is not as it was stored: the shipment's path and a sentence.
    """

    path: str
    problem: str


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


def verify_archive(layout: Layout) -> ArchiveVerification:
    """
    Read every stored and quarantined shipment from the device and compare it with its manifest.

    A missing or changed file, an unreadable manifest, and a file in a shipment that no manifest names are findings.
    So is what cannot be read.  Raises :class:`~bipro_sync.errors.StorageError` where the archive as a whole cannot.
    """
    archive = Archive(layout)
    findings: list[ArchiveFinding] = []
    digests: dict[str, str] = {}
    files = size = 0
    for directory in stored_directories(layout):
        path = PurePosixPath(directory.relative_to(layout.root))
        try:
            stored = archive.read_back(path)
        except (IntegrityError, StorageError) as error:
            # One that cannot be read is a finding like one that has changed; the others are still looked at.
            findings.append(ArchiveFinding(str(path), error.message))
        else:
            known = {file.stored: file.size for file in stored.manifest.files}
            known[ENVELOPE] = stored.manifest.envelope_size
            findings += [
                ArchiveFinding(str(path), f"{entry.name} is no part of the shipment.")
                for entry in children(directory)
                if entry.name not in known and entry.name != MANIFEST
            ]
            digests[str(path)] = stored.manifest_sha256
            files += len(known) + 1
            size += sum(known.values())
    return ArchiveVerification(len(digests), files, size, tuple(findings), digests)


def stored_directories(layout: Layout) -> Iterator[Path]:
    """
    Yield every shipment directory below `shipments/` and `quarantine/`, in order of name.
    """
    for place in (layout.shipments, layout.quarantine):
        for insurer in children(place):
            for year in children(insurer):
                for month in children(year):
                    yield from children(month)

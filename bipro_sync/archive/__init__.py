"""Shipments on disk, complete and never changed: from the spool, by one rename, to read-only; never deletes."""

from __future__ import annotations

from .layout import Layout
from .manifest import FORMAT as MANIFEST_FORMAT
from .manifest import Manifest, ManifestFile, Quarantine, content_digest, transfers_of
from .spool import Spool, SpooledShipment
from .store import Archive, Stored
from .verify import (
    RESTORE,
    WHOLE,
    ArchiveFinding,
    ArchiveVerification,
    Examined,
    Subset,
    examine,
    stored_paths,
    verify_archive,
)


__all__ = [
    "MANIFEST_FORMAT",
    "RESTORE",
    "WHOLE",
    "Archive",
    "ArchiveFinding",
    "ArchiveVerification",
    "Examined",
    "Layout",
    "Manifest",
    "ManifestFile",
    "Quarantine",
    "Spool",
    "SpooledShipment",
    "Stored",
    "Subset",
    "content_digest",
    "examine",
    "stored_paths",
    "transfers_of",
    "verify_archive",
]

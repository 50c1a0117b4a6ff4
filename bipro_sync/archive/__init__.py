"""Shipments on disk, complete and never changed: from the spool, by one rename, to read-only; never deletes."""

from __future__ import annotations

from .layout import Layout
from .manifest import FORMAT as MANIFEST_FORMAT
from .manifest import Manifest, ManifestFile, Quarantine, content_digest, transfers_of
from .spool import Spool, SpooledShipment
from .store import Archive, Stored
from .verify import ArchiveFinding, ArchiveVerification, verify_archive


__all__ = [
    "MANIFEST_FORMAT",
    "Archive",
    "ArchiveFinding",
    "ArchiveVerification",
    "Layout",
    "Manifest",
    "ManifestFile",
    "Quarantine",
    "Spool",
    "SpooledShipment",
    "Stored",
    "content_digest",
    "transfers_of",
    "verify_archive",
]

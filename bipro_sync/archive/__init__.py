"""Shipments on disk, complete and never changed: from the spool, by one rename, to read-only; what goes is named."""

from __future__ import annotations

from .acknowledged import AcknowledgedList, Acknowledgement, UnreadableLine
from .comparison import Comparison, Difference, compare
from .copy_debts import CopyDebts, Debt
from .copy_place import CopyPlace
from .last_backup import LATE, VERY_LATE, LastBackup, keep_last_backup, last_backup
from .layout import Layout
from .manifest import FORMAT as MANIFEST_FORMAT
from .manifest import Manifest, ManifestFile, Quarantine, content_digest, transfers_of
from .second_copy import SecondCopy, acknowledgement_of
from .spool import Spool, SpooledShipment
from .state_file import read_state
from .store import Archive, Stored
from .tombstone import Tombstone, content_of, give_way, tombstone_at, tombstone_of, tombstone_paths
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
    "LATE",
    "MANIFEST_FORMAT",
    "RESTORE",
    "VERY_LATE",
    "WHOLE",
    "AcknowledgedList",
    "Acknowledgement",
    "Archive",
    "ArchiveFinding",
    "ArchiveVerification",
    "Comparison",
    "CopyDebts",
    "CopyPlace",
    "Debt",
    "Difference",
    "Examined",
    "LastBackup",
    "Layout",
    "Manifest",
    "ManifestFile",
    "Quarantine",
    "SecondCopy",
    "Spool",
    "SpooledShipment",
    "Stored",
    "Subset",
    "Tombstone",
    "UnreadableLine",
    "acknowledgement_of",
    "compare",
    "content_digest",
    "content_of",
    "examine",
    "give_way",
    "keep_last_backup",
    "last_backup",
    "read_state",
    "stored_paths",
    "tombstone_at",
    "tombstone_of",
    "tombstone_paths",
    "transfers_of",
    "verify_archive",
]

"""Checking the archive against itself, its catalogue included, and noting in the audit log that it was done."""

from __future__ import annotations

from dataclasses import replace

from ..archive import ArchiveFinding, ArchiveVerification, verify_archive
from ..audit import RecordType
from .workplace import Workplace


def verify_stored(place: Workplace) -> ArchiveVerification:
    """
    Re-hash everything stored and compare it with the catalogue, both ways.

    Raises :class:`~bipro_sync.errors.StorageError` where the disk does not answer.
    """
    # A pull may store while this reads: what was known before must be found, what is found must be known after.
    known = place.queries.manifests()
    found = verify_archive(place.layout)
    broken = {finding.path for finding in found.findings}
    differences = [
        ArchiveFinding(path, "is in the catalogue and not on the disk.")
        for path in sorted(known.keys() - found.digests.keys() - broken)
    ]
    differences += [
        ArchiveFinding(path, "is on the disk and not in the catalogue.")
        for path in sorted(found.digests.keys() - place.queries.paths())
        if path.startswith("shipments/")
    ]
    differences += [
        ArchiveFinding(path, "has another manifest than the one that was stored.")
        for path, digest in sorted(found.digests.items())
        if known.get(path, digest) != digest
    ]
    found = replace(found, findings=(*found.findings, *differences))
    place.audit.write(
        RecordType.VERIFY,
        count=found.shipments,
        bytes=found.bytes,
        outcome="damaged" if found.findings else "ok",
        detail=f"archive; {len(found.findings)} finding(s)",
    )
    return found

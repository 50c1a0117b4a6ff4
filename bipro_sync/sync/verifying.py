"""Checking the archive against itself, its catalogue included, and noting in the audit log that it was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..archive import WHOLE, ArchiveFinding, ArchiveVerification, Subset, verify_archive
from ..audit import RecordType
from ..model.rights import Verb
from .pruning import unvouched
from .workplace import Workplace


def verify_stored(place: Workplace, subset: Subset, *, step: Callable[[str], None]) -> ArchiveVerification:
    """
    Re-hash what is stored and belongs to *subset*, and compare it with the catalogue, both ways.

    *step* is told of each shipment that was read.
    Raises :class:`~bipro_sync.errors.StorageError` where the disk does not answer.
    """
    # A pull may store while this reads: what was known before must be found, what is found must be known after.
    known = {path: digest for path, digest in place.queries.manifests().items() if subset.holds(path)}
    found = verify_archive(place.layout, subset, step=step)
    broken = {finding.path for finding in found.findings}
    differences = [
        ArchiveFinding(path, "is in the catalogue and not on the disk.", "Bring it back from the last backup.")
        for path in sorted(known.keys() - found.digests.keys() - broken)
    ]
    differences += [
        ArchiveFinding(path, "is on the disk and not in the catalogue.", "Run `bipro-sync archive rebuild`.")
        for path in sorted(found.digests.keys() - place.queries.paths())
        if path.startswith("shipments/")
    ]
    differences += [
        ArchiveFinding(path, "has another manifest than the one that was stored.")
        for path, digest in sorted(found.digests.items())
        if known.get(path, digest) != digest
    ]
    differences += [
        ArchiveFinding(str(path), "has a tombstone, and the audit log knows nothing of it.")
        for path in unvouched(place.layout)
        if subset.holds(path)
    ]
    found = replace(found, findings=(*found.findings, *differences))
    part = "" if subset == WHOLE else f" {subset}"
    place.audit.write(
        RecordType.VERIFY,
        operation=Verb.ARCHIVE_VERIFY,
        count=found.shipments,
        bytes=found.bytes,
        outcome="damaged" if found.findings else "ok",
        detail=f"archive{part}; {len(found.findings)} finding(s)",
    )
    return found

"""Whether the archive can be used, and what was last stored from an insurer fits the norm; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..archive import Archive
from ..archive.store import ENVELOPE
from ..bipro.schema import MAX_CHECKED, violations
from ..catalog import Queries
from ..durable import read_whole
from .check import Check, Verdict


_TOLD = 3


def schema_checks(archive: Archive, queries: Queries, insurer: str) -> Iterator[Check]:
    """
    Yield whether the envelope stored last fits our schemas; nothing where none is stored.

    Raises :class:`~bipro_sync.errors.StorageError` where it cannot be read.
    """
    for entry in queries.documents(insurers=[insurer], limit=1):
        assert entry.path is not None
        manifest, _ = archive.manifest(entry.path)
        small = manifest.envelope_size <= MAX_CHECKED
        envelope = read_whole(archive.layout.root / entry.path / ENVELOPE) if small else b""
        found = violations(envelope) if envelope else ()
        if found:
            told = "; ".join(map(str, found[:_TOLD]))
            sentence = f"Shipment {entry.id} does not fit the norm's schemas in {len(found)} place(s): {told}."
            remedy = f"Nothing is lost by it.  `bipro-sync shipments show {entry.id} --schema` tells all."
            yield Check("schema", insurer, Verdict.WARN, sentence, remedy)
        else:
            what = "fits the norm's schemas" if envelope else "is too large to be compared with the norm's schemas"
            yield Check("schema", insurer, Verdict.OK, f"Shipment {entry.id}, stored last, {what}.")

"""Whether the second copy can be used, and what was last stored fits the norm; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..archive import Archive, CopyDebts, CopyPlace
from ..archive.store import ENVELOPE
from ..bipro.schema import MAX_CHECKED, violations
from ..catalog import Queries
from ..durable import free_space, read_whole
from ..model.states import ShipmentState
from .check import Check, Verdict


_TOLD = 3


def copy_checks(place: CopyPlace, reserve: int) -> Iterator[Check]:
    """
    Yield whether the second copy can be used, what it is owed, and whether its free space is below *reserve* bytes;
    nothing before there is an archive.

    Raises :class:`~bipro_sync.errors.BiproSyncError` where it cannot.
    """
    if not place.layout.is_begun:
        return
    begun = place.is_begun()
    so_far = "can be used" if begun else "was not used yet; the next pull marks it as this archive's"
    yield Check("second-copy", None, Verdict.OK, f"The second copy {place.root} is there, and {so_far}.")
    debts = CopyDebts(place)
    if owed := sum(len(debts.of(insurer)) for insurer in debts.insurers()):
        sentence = f"{owed} shipment(s) are stored and not copied yet."
        yield Check("second-copy", None, Verdict.WARN, sentence, "The next pull copies them, or `archive copy` now.")
    if (free := free_space(place.root)) < reserve:
        sentence = f"The second copy has {free / 1_000_000:,.0f} MB left, less than [archive] reserve."
        yield Check("second-copy", None, Verdict.WARN, sentence, "Make room there before it is full.")


def schema_checks(archive: Archive, queries: Queries, insurer: str) -> Iterator[Check]:
    """
    Yield whether the envelope stored last fits our schemas; nothing where none is stored, or it was archived by hand.

    Raises :class:`~bipro_sync.errors.StorageError` where it cannot be read.
    """
    for entry in queries.documents(insurers=[insurer], limit=1):
        if entry.state is ShipmentState.IMPORTED:
            return
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

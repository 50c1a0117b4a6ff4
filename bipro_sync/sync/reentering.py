"""From where a shipment was found to stand to its row in the ledger; what only a list said waits for the next list."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ..archive import Stored
from ..catalog import LIST_FORGOTTEN, Entry, HistoryEntry, StoredRows
from ..model.kinds import Kind
from ..model.states import STORED_BYTES, ShipmentState
from ..model.told import Told
from .standing import NO_RUN, Standing


def entry_with_bytes(
    stored: Stored, rows: StoredRows, standing: Standing, words: Sequence[Told], *, number: int
) -> Entry:
    """
    Return the row of a shipment that lies in the archive or in the quarantine.

    What was quarantined and is to be fetched again has nothing stored in the ledger's eyes.
    """
    manifest = stored.manifest
    assert standing.state is not None
    entry = Entry(
        number=number,
        insurer=manifest.insurer,
        id=manifest.shipment,
        account=manifest.account,
        state=standing.state,
        category=rows.category,
        kind=rows.kind,
        line=manifest.line,
        data_only=manifest.data_only,
        posted_at=manifest.posted_at,
        available_until=manifest.available_until,
        first_listed_at=words[0].at if words else manifest.stored_at,
        listed_as="" if standing.to_compare else rows.listed_as,
        misses=0,
        attempts=standing.attempts,
        next_attempt_at=None,
        path=stored.path,
        manifest_sha256=rows.manifest_sha256,
        shown=rows.shown,
        stored_at=manifest.stored_at,
        acknowledged_at=standing.acknowledged_at,
        reason=standing.reason,
    )
    if manifest.quarantine is None or standing.state in STORED_BYTES:
        return entry
    return replace(entry, path=None, manifest_sha256=None, stored_at=None, shown=True)


def imported(stored: Stored) -> Standing:
    """
    Return where a shipment stands that was archived by hand: its manifest alone tells.
    """
    state, at = ShipmentState.IMPORTED, stored.manifest.stored_at
    return Standing(state=state, history=[HistoryEntry(at=at, run=NO_RUN, old=None, new=state, reason=None)])


def entry_without_bytes(standing: Standing, words: Sequence[Told]) -> Entry:
    """
    Return the row of a shipment of which only the audit log tells.
    """
    first = words[0]
    assert standing.state is not None
    return Entry(
        number=first.seq,
        insurer=first.insurer,
        id=first.shipment,
        account=first.account,
        state=standing.state,
        category=None,
        kind=next((told.kind for told in words if told.kind), Kind.UNKNOWN),
        line=None,
        data_only=None,
        posted_at=None,
        available_until=None,
        first_listed_at=first.at,
        listed_as=LIST_FORGOTTEN,
        misses=0,
        attempts=standing.attempts,
        next_attempt_at=None,
        path=None,
        manifest_sha256=None,
        shown=True,
        stored_at=None,
        acknowledged_at=None,
        reason=standing.reason,
    )

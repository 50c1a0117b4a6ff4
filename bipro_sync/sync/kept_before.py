"""Finding what a run that died had put into the quarantine and not noted, so that it is not put there once more."""

from __future__ import annotations

from pathlib import PurePosixPath

from ..archive import Manifest
from ..catalog import Entry
from ..errors import IntegrityError
from ..model.states import ShipmentState
from .workplace import Workplace


_CONCLUDED = frozenset({ShipmentState.QUARANTINED, ShipmentState.CONFLICT, ShipmentState.HELD})
"""States that only an operator, or another delivery under the id, leads out of."""


def kept_before(place: Workplace, entry: Entry, delivery: Manifest) -> PurePosixPath | None:
    """
    Return where this very delivery lies in the quarantine already, as the newest under its id; None where it does not.

    What lies there from before a decision about it counts for nothing: the delivery after that is kept anew, or no
    rebuilt catalogue could tell what became of it (I10).
    """
    paths = place.layout.quarantined_paths(entry.insurer, entry.id)
    if not paths:
        return None
    try:
        newest, _ = place.archive.manifest(paths[-1])
    except IntegrityError:
        return None  # `archive verify` tells of it
    decided = any(
        step.old in _CONCLUDED and step.at and step.at >= newest.stored_at for step in place.queries.history(entry)
    )
    return paths[-1] if _is_same(newest, delivery) and not decided else None


def _is_same(kept: Manifest, delivery: Manifest) -> bool:
    return (kept.content_sha256, kept.listed, kept.quarantine) == (
        delivery.content_sha256,
        delivery.listed,
        delivery.quarantine,
    )

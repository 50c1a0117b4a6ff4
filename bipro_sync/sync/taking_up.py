"""What lies in the archive though the ledger, an older one that was restored, believes it unfetched: it is no loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from ..audit import all_told
from ..catalog import Entry
from ..errors import IntegrityError
from ..model.states import ShipmentState
from ..model.told import Told
from .recording import rows_of
from .results import InsurerResult
from .retelling import told_by
from .standing import Lying, concluded
from .workplace import Workplace


GONE = "no longer in the insurer's complete list, after an acknowledgement without a clear answer"
"""Why an acknowledgement without a clear answer had arrived."""

_FOUND = "it lies in the archive, and the catalogue did not know"


def take_up(place: Workplace, insurer: str, missing: Sequence[Entry], result: InsurerResult) -> Collection[str]:
    """
    Bring the rows of those of the *missing* shipments up to date that lie in the archive, and return their ids.

    Their bytes are made durable and read back before; what is damaged keeps its row, and its error is the run's.  The
    audit log is read only where there is one, and tells whether it was acknowledged or held since.
    """
    lying = {entry.id: path for entry in missing if (path := place.layout.stored_path(insurer, entry.id))}
    words = _words(place, insurer, lying) if lying else {}
    for entry in missing:
        if entry.id not in lying:
            continue
        try:
            result.touched[entry.id] = _take_up(place, entry, lying[entry.id], words.get(entry.id, ()))
        except IntegrityError as error:
            result.errors.append(error)
        else:
            result.taken_up.append(entry.id)
    return lying.keys()


def _words(place: Workplace, insurer: str, shipments: Collection[str]) -> Mapping[str, Sequence[Told]]:
    words: dict[str, list[Told]] = defaultdict(list)
    for record in all_told(place.layout.audit, insurer=insurer):
        if record.shipment in shipments and (told := told_by(record)):
            words[told.shipment].append(told)
    return words


def _take_up(place: Workplace, entry: Entry, path: PurePosixPath, words: Sequence[Told]) -> Entry:
    stored = place.archive.adopt(path)
    stored_at = stored.manifest.stored_at
    standing = concluded(words, [Lying(stored_at)])
    if standing.manifest_sha256 not in {None, stored.manifest_sha256}:
        raise IntegrityError(f"{path} has another manifest than the one that was acknowledged.")
    move, now = place.ledger.move, place.clock.now()
    if entry.state is not ShipmentState.HELD:
        entry = move(entry, ShipmentState.FETCHING, now, path=path)
    entry = move(entry, ShipmentState.STORED, stored_at, path=path, reason=_FOUND, stored=rows_of(stored))
    if standing.state is ShipmentState.HELD:
        return move(entry, ShipmentState.HELD, now, reason=standing.reason)
    if standing.state is ShipmentState.ACKNOWLEDGED:
        return move(entry, ShipmentState.ACKNOWLEDGED, standing.acknowledged_at or now, reason=standing.reason)
    if standing.state is ShipmentState.ACK_UNKNOWN:
        return move(entry, ShipmentState.ACKNOWLEDGED, now, reason=GONE)
    return entry

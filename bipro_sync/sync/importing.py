"""Archiving what came some other way, a portal download or an old folder: as durably as a delivery, owed to nobody."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..archive import Manifest, Spool, SpooledShipment, Stored
from ..archive.recognise import Content, file_kind, recognise
from ..audit import RecordType
from ..catalog import Entry
from ..durable import HEAD, chunks, exists
from ..errors import StorageError, UsageError
from ..insurers import Insurer
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment
from ..model.states import ShipmentState
from .imported_shipment import drafted, imported_id, made_at, taken_in
from .recording import rows_of
from .workplace import Workplace


@dataclass(frozen=True, slots=True)
class Imported:
    """
    What became of one file: the shipment that has it, its kind, and whether it is *new* in the archive.

    Of a dry run *shipment* is None where the file would be archived.
    """

    path: Path
    kind: Kind
    content: Content
    shipment: Entry | None
    new: bool


def demand_files(paths: list[Path]) -> None:
    """
    Raise :class:`~bipro_sync.errors.UsageError` unless each of these can be read and is a file.
    """
    for path in paths:
        try:
            with path.open("rb") as file:
                file.read(1)
        except OSError as error:
            raise UsageError(f"A file cannot be read, so nothing was imported: {error.strerror}: {path}") from error


def would_import(place: Workplace, insurer: Insurer, kind: Kind, path: Path) -> Imported:
    """
    Say what :func:`import_file` would do, and do nothing.
    """
    head, digest = b"", hashlib.sha256()
    for chunk in chunks(path):
        head = head or chunk[:HEAD]
        digest.update(chunk)
    content = recognise(head)
    return Imported(path, file_kind(content, kind), content, _known(place, insurer, digest.hexdigest()), new=False)


def import_file(place: Workplace, insurer: Insurer, kind: Kind, path: Path) -> Imported:
    """
    Archive a file as a shipment of *insurer*, whose account the caller holds; durable, and read back, when it returns.

    The same bytes are archived once, however they came.  Raises :class:`~bipro_sync.errors.StorageError`,
    :class:`~bipro_sync.errors.ReserveReachedError` and :class:`~bipro_sync.errors.UsageError`, where it gave way to a
    tombstone: nothing of the file is kept then.
    """
    spool = Spool(place.layout.spool / insurer.account, reserve=place.config.archive.reserve)
    received = spool.open(keep_reserve=True)
    try:
        fetched, part = taken_in(received, path)
        content = recognise(part.head)
        if known := _known(place, insurer, part.sha256):
            received.discard()
            return Imported(path, known.kind, content, known, new=False)
        draft = drafted(place, insurer, kind, fetched, made_at(part, received, place.clock.now()))
        stored = _store(place, received, fetched, draft)
    except BaseException:
        with suppress(StorageError):
            if exists(received.directory):
                received.discard()
        raise
    return Imported(path, file_kind(content, kind), content, _note(place, stored), new=True)


def _known(place: Workplace, insurer: Insurer, sha256: str) -> Entry | None:
    if found := place.queries.stored_with(insurer.name, sha256):
        return found
    shipment = imported_id(sha256)
    for entry in place.ledger.entries(insurer.name, [shipment]).values():
        if not entry.shown:
            raise UsageError(f"{shipment} was kept for as long as the law demands, and gave way to a tombstone since.")
    return None


def _store(place: Workplace, received: SpooledShipment, fetched: FetchedShipment, draft: Manifest) -> Stored:
    path = place.layout.stored_path(draft.insurer, draft.shipment)
    if path is not None:
        # Whoever stored it died before the catalogue knew.
        received.discard()
        return place.archive.adopt(path)
    path = place.layout.shipment_path(draft.insurer, draft.shipment, draft.stored_at)
    return place.archive.store(received, draft, fetched, path)


def _note(place: Workplace, stored: Stored) -> Entry:
    manifest, rows = stored.manifest, rows_of(stored)
    place.audit.write(
        RecordType.IMPORT,
        insurer=manifest.insurer,
        account=manifest.account,
        shipment=manifest.shipment,
        exchange=manifest.kind,
        count=len(manifest.files),
        bytes=manifest.response_size,
        outcome="ok",
        detail=f"manifest {stored.manifest_sha256}",
    )
    entry = Entry(
        number=0,
        insurer=manifest.insurer,
        id=manifest.shipment,
        account=manifest.account,
        state=ShipmentState.IMPORTED,
        category=None,
        kind=manifest.kind,
        line=None,
        data_only=None,
        posted_at=manifest.posted_at,
        available_until=None,
        first_listed_at=manifest.stored_at,
        listed_as="",
        misses=0,
        attempts=0,
        next_attempt_at=None,
        path=stored.path,
        manifest_sha256=rows.manifest_sha256,
        shown=rows.shown,
        stored_at=manifest.stored_at,
        acknowledged_at=None,
        reason=None,
    )
    return place.ledger.note_imported(entry, rows)

"""Archiving what came some other way, a portal download or an old folder: as durably as a delivery, owed to nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from ..archive import MANIFEST_FORMAT, Manifest, Spool, SpooledShipment, Stored, content_digest
from ..archive.members import Member, opened_zip
from ..archive.recognise import GDV, ZIP, Content, file_kind, recognise
from ..audit import RecordType
from ..catalog import Entry
from ..durable import HEAD, chunks, exists
from ..errors import StorageError, UsageError
from ..gdv import read
from ..gdv.packets import packet_of
from ..insurers import Insurer
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment, ListedShipment, ReceivedFile, SpooledPart, Status
from ..model.states import ShipmentState
from ..model.zone import BERLIN
from .permission import SOFTWARE
from .recording import rows_of
from .workplace import Workplace


_ENVELOPE = b'<?xml version="1.0" encoding="UTF-8"?>\n<imported/>\n'
"""What stands where a delivery has its SOAP envelope: nobody sent one."""

_ID_LETTERS = 32
_NOTHING_SAID = Status(ok=True, status_id="", process_id="", timestamp="", messages=())


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
        fetched = _received(received, path)
        part = fetched.files[0].part
        assert part is not None
        content = recognise(part.head)
        if known := _known(place, insurer, part.sha256):
            received.discard()
            return Imported(path, known.kind, content, known, new=False)
        stored = _store(place, received, fetched, _draft(place, insurer, kind, fetched, path))
    except BaseException:
        with suppress(StorageError):
            if exists(received.directory):
                received.discard()
        raise
    return Imported(path, file_kind(content, kind), content, _note(place, stored), new=True)


def _known(place: Workplace, insurer: Insurer, sha256: str) -> Entry | None:
    if found := place.queries.stored_with(insurer.name, sha256):
        return found
    shipment = _id(sha256)
    for entry in place.ledger.entries(insurer.name, [shipment]).values():
        if not entry.shown:
            raise UsageError(f"{shipment} was kept for as long as the law demands, and gave way to a tombstone since.")
    return None


def _id(sha256: str) -> str:
    return f"import-{sha256[:_ID_LETTERS]}"


def _received(received: SpooledShipment, path: Path) -> FetchedShipment:
    envelope, writer = received.envelope(), received.part()
    envelope.write(_ENVELOPE)
    for chunk in chunks(path):
        writer.write(chunk)
    part = writer.finish()
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    return FetchedShipment(
        status=_NOTHING_SAID,
        listed=_listed(_id(part.sha256)),
        transfers=(),
        files=(_file(part, name),),
        unreferenced=(),
        envelope=envelope.finish(),
        response_sha256=part.sha256,
        received=part.size,
    )


def _listed(shipment: str) -> ListedShipment:
    return ListedShipment(
        id=shipment,
        category=None,
        posted_at=None,
        available_until=None,
        delivery_type=None,
        data_only=None,
        periodic=None,
        line=None,
        transfer_count=None,
        fields=(),
    )


def _file(part: SpooledPart, name: str) -> ReceivedFile:
    return ReceivedFile(
        part=part,
        transfer=-1,
        name=name,
        media_type=None,
        file_type=None,
        document_types=(),
        compression=None,
        checksum=None,
        link=None,
    )


def _draft(place: Workplace, insurer: Insurer, kind: Kind, fetched: FetchedShipment, path: Path) -> Manifest:
    session = place.session
    return Manifest(
        format=MANIFEST_FORMAT,
        insurer=insurer.name,
        account=insurer.account,
        profile=insurer.profile.name,
        environment=insurer.environment,
        shipment=fetched.listed.id,
        kind=kind,
        posted_at=_made_at(path, place.clock.now()),
        listed=(),
        delivered=(),
        status=fetched.status,
        transfers=(),
        files=(),
        envelope_sha256=fetched.envelope.sha256,
        envelope_size=fetched.envelope.size,
        response_sha256=fetched.response_sha256,
        response_size=fetched.received,
        content_sha256=content_digest(fetched),
        stored_at=place.clock.now(),
        software=SOFTWARE,
        imported_by=session.principal or session.os_user,
    )


def _made_at(path: Path, now: datetime) -> datetime | None:
    """
    Return the day that a GDV file says it was made on, as its beginning: old folders come in any order.
    """
    days = [day for day in _days(path) if day <= now]
    return max(days, default=None)


def _days(path: Path) -> Iterator[datetime]:
    with path.open("rb") as file:
        content = recognise(file.read(HEAD))
    if content is GDV:
        yield from _day(path)
    elif content is ZIP:
        with opened_zip(path) as members:
            for each in members:
                if isinstance(each, Member) and each.content is GDV:
                    with each.open() as member:
                        yield from _day(member.read(HEAD))


def _day(source: Path | bytes) -> Iterator[datetime]:
    record = next(iter(read(source)), None)
    until = packet_of(1, record).until if record else None
    day = until.date() if until else None
    if day is not None:
        yield datetime.combine(day, time(), BERLIN)


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

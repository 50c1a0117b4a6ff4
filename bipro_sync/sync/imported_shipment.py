"""The shipment that an imported file is archived as: nobody sent it, so that all it says is taken from its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path

from ..archive import MANIFEST_FORMAT, Manifest, SpooledShipment, content_digest
from ..archive.members import Member, UnreadableMemberError, opened_zip
from ..archive.recognise import GDV, ZIP, recognise
from ..durable import HEAD, chunks
from ..gdv import read
from ..gdv.packets import packet_of
from ..insurers import Insurer
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment, ListedShipment, ReceivedFile, SpooledPart, Status
from ..model.zone import BERLIN
from .permission import SOFTWARE
from .workplace import Workplace


_ENVELOPE = b'<?xml version="1.0" encoding="UTF-8"?>\n<imported/>\n'
"""What stands where a delivery has its SOAP envelope: nobody sent one."""

_ID_LETTERS = 32
_NOTHING_SAID = Status(ok=True, status_id="", process_id="", timestamp="", messages=())


def imported_id(sha256: str) -> str:
    """
    Return the id of the shipment with the file of this digest.
    """
    return f"import-{sha256[:_ID_LETTERS]}"


def taken_in(spooled: SpooledShipment, path: Path) -> tuple[FetchedShipment, SpooledPart]:
    """
    Copy a file into the spool, and return it as a shipment with this one part.

    Raises :class:`~bipro_sync.errors.StorageError`, :class:`~bipro_sync.errors.ReserveReachedError`.
    """
    envelope, writer = spooled.envelope(), spooled.part()
    envelope.write(_ENVELOPE)
    for chunk in chunks(path):
        writer.write(chunk)
    part = writer.finish()
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    fetched = FetchedShipment(
        status=_NOTHING_SAID,
        listed=_listed(imported_id(part.sha256)),
        transfers=(),
        files=(ReceivedFile.of_part(part, name),),
        unreferenced=(),
        envelope=envelope.finish(),
        response_sha256=part.sha256,
        received=part.size,
    )
    return fetched, part


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


def drafted(
    place: Workplace, insurer: Insurer, kind: Kind, fetched: FetchedShipment, made_at: datetime | None
) -> Manifest:
    """
    Return the manifest of such a shipment, still without its files.
    """
    session = place.session
    return Manifest(
        format=MANIFEST_FORMAT,
        insurer=insurer.name,
        account=insurer.account,
        profile=insurer.profile.name,
        environment=insurer.environment,
        shipment=fetched.listed.id,
        kind=kind,
        posted_at=made_at,
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


def made_at(part: SpooledPart, spooled: SpooledShipment, now: datetime) -> datetime | None:
    """
    Return the latest day, not after *now*, that the GDV files in *part* say they were made on: old folders come in any
    order.
    """
    days = [day for day in _days(part, spooled) if day <= now]
    return max(days, default=None)


def _days(part: SpooledPart, spooled: SpooledShipment) -> Iterator[datetime]:
    content = recognise(part.head)
    if content is GDV:
        yield from _day(part.head)
    elif content is ZIP:
        with opened_zip(spooled.directory / part.handle) as members:
            for each in members:
                if isinstance(each, Member) and each.content is GDV:
                    # What is damaged behind its beginning is archived all the same, and says no day.
                    with suppress(UnreadableMemberError), each.open() as member:
                        yield from _day(member.read(HEAD))


def _day(head: bytes) -> Iterator[datetime]:
    record = next(iter(read(head)), None)
    until = packet_of(1, record).until if record else None
    day = until.date() if until else None
    if day is not None:
        yield datetime.combine(day, time(), BERLIN)

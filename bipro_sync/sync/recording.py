"""From a fetched shipment to its manifest, and from a manifest to the catalogue's rows; the one place for both."""

from __future__ import annotations

from ..archive import MANIFEST_FORMAT, Manifest, Quarantine, Stored, content_digest, transfers_of
from ..archive.recognise import needs_password
from ..catalog import FileEntry, StoredRows
from ..insurers import Insurer
from ..model.kinds import kind_of
from ..model.policy_number import normalised
from ..model.shipment import FetchedShipment, ListedShipment, listed_as, numbers_of
from .judge import Objection, algorithm_of, warnings_of
from .permission import SOFTWARE
from .workplace import Workplace


def draft(
    place: Workplace,
    insurer: Insurer,
    listed: ListedShipment,
    fetched: FetchedShipment,
    *,
    objection: Objection | None = None,
) -> Manifest:
    """
    Return the manifest of a received shipment, still without its files, which the archive names.

    What the delivery says of itself wins over what the list said; where it is silent, the list is believed.
    """
    said = fetched.listed
    category = said.category or listed.category
    now = place.clock.now()
    remarks = list(fetched.remarks)
    if warnings := warnings_of(fetched):
        remarks.append(f"the insurer warns: {', '.join(warnings)}")
    if fetched.unreferenced:
        remarks.append(f"{len(fetched.unreferenced)} part(s) of the message are named by no file")
    if unchecked := sum(1 for file in fetched.files if file.checksum and not algorithm_of(file.checksum)):
        remarks.append(f"{unchecked} checksum(s) are of a kind the norm does not know, and were not compared")
    if locked := sum(1 for file in fetched.files if file.part and needs_password(file.part.head)):
        remarks.append(f"{locked} ZIP file(s) can only be opened with a password")
    return Manifest(
        format=MANIFEST_FORMAT,
        insurer=insurer.name,
        account=insurer.account,
        profile=insurer.profile.name,
        environment=insurer.environment,
        shipment=listed.id,
        kind=kind_of(category, data_only=not fetched.files, overrides=insurer.kinds),
        category=category,
        posted_at=said.posted_at or listed.posted_at,
        available_until=said.available_until or listed.available_until,
        line=said.line or listed.line,
        data_only=said.data_only,
        listed=listed.fields,
        delivered=said.fields,
        status=fetched.status,
        transfers=transfers_of(fetched.transfers),
        files=(),
        envelope_sha256=fetched.envelope.sha256,
        envelope_size=fetched.envelope.size,
        response_sha256=fetched.response_sha256,
        response_size=fetched.received,
        content_sha256=content_digest(fetched),
        stored_at=now,
        software=SOFTWARE,
        answer=fetched.answer,
        numbers=numbers_of((*fetched.fields, *listed.fields)),
        linked=tuple(file.link for file in fetched.files if file.part is None and file.link),
        remarks=tuple(remarks),
        quarantine=Quarantine(failure=objection.failure, reason=objection.reason) if objection else None,
    )


def rows_of(stored: Stored) -> StoredRows:
    """
    Return what the catalogue keeps of a stored shipment; the manifest alone is enough to make it again.
    """
    manifest = stored.manifest
    shown = manifest.shown and not stored.erased
    files = manifest.files if shown else ()
    return StoredRows(
        manifest_sha256=stored.manifest_sha256,
        shown=shown,
        listed_as=listed_as(manifest.listed),
        category=manifest.category,
        kind=manifest.kind,
        files=[
            FileEntry(
                position=position,
                stored=file.stored,
                name=file.name,
                sha256=file.sha256,
                size=file.size,
                media_type=file.media_type,
                kind=file.kind,
            )
            for position, file in enumerate(files, start=1)
        ],
        words=words_of(manifest) if shown else [],
    )


def words_of(manifest: Manifest) -> list[str]:
    """
    Return what a shipment is found by, each word once: the names of its files, every value that it or the list says,
    and its numbers without blanks and signs.
    """
    fields = (*manifest.delivered, *manifest.listed, *(field for each in manifest.transfers for field in each.fields))
    names = (file.name or "" for file in manifest.files)
    said = (field.value for field in fields)
    return list(dict.fromkeys((*names, *said, *map(normalised, manifest.numbers.every()))))

"""The manifest of a stored shipment: everything known of it, enough to rebuild the catalogue; written once."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import msgspec

from ..errors import IntegrityError
from ..model.kinds import Kind
from ..model.shipment import FetchedShipment, Field, Numbers, Status, Transfer
from ..model.states import FAILURES, Failure


FORMAT = 1
"""The manifest's format; readers accept this one only."""


class ManifestFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One file of a shipment.

    *name* is what the insurer called it, *stored* is our name beside the manifest; *size* in bytes; *transfer*
    is the number of the transfer it came in, from 1, or 0 where nothing in the message named it.
    """

    stored: str
    size: int
    sha256: str
    media_type: str
    kind: Kind
    transfer: int
    name: str | None = None
    declared_media_type: str | None = None
    file_type: str | None = None
    document_types: tuple[str, ...] = ()
    compression: str | None = None
    checksum_algorithm: str | None = None
    checksum: str | None = None
    link: str | None = None


class ManifestTransfer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One transfer: its declared type and its fields in document order.
    """

    fields: tuple[Field, ...]
    type: str | None = None


class Quarantine(msgspec.Struct, frozen=True, kw_only=True):
    """
    Why a shipment lies in the quarantine: the failure's name and a sentence.
    """

    failure: str
    reason: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What `manifest.json` holds.  Times are in UTC.

    *listed* and *delivered* are the shipment's own fields in the list and in the delivery, *answer* those beside it in
    the delivery, its Status included; *linked* are the addresses of files that came as a link only.  *content_sha256*
    is over what the shipment says (files and transfer fields), not over how the answer was wrapped, so that two fetches
    of one shipment compare equal.  *imported_by* is who archived it by hand, where no insurer delivered it to this
    program: the person of `[users]`, or the login.
    """

    format: int
    insurer: str
    account: str
    profile: str
    environment: str
    shipment: str
    kind: Kind
    category: str | None = None
    posted_at: datetime | None = None
    available_until: date | None = None
    line: str | None = None
    data_only: bool | None = None
    listed: tuple[Field, ...]
    delivered: tuple[Field, ...]
    status: Status
    transfers: tuple[ManifestTransfer, ...]
    files: tuple[ManifestFile, ...]
    envelope_sha256: str
    envelope_size: int
    response_sha256: str
    response_size: int
    content_sha256: str
    stored_at: datetime
    software: str
    answer: tuple[Field, ...] = ()
    numbers: Numbers = Numbers()
    linked: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    quarantine: Quarantine | None = None
    imported_by: str | None = None

    @property
    def shown(self) -> bool:
        """
        Whether the contents may be shown and handed over: foreign data and malware may not.
        """
        return self.quarantine is None or FAILURES[Failure(self.quarantine.failure)].shown

    def encode(self) -> bytes:
        """
        Return the manifest as indented JSON, UTF-8, with a line end.
        """
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=1) + b"\n"

    @staticmethod
    def decode(data: bytes) -> Manifest:
        """
        Read a manifest back.  Raises :class:`~bipro_sync.errors.IntegrityError` for anything else.
        """
        try:
            manifest = _DECODER.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise IntegrityError(f"A manifest cannot be read ({type(error).__name__}).") from error
        if manifest.format != FORMAT:
            raise IntegrityError(f"A manifest has format {manifest.format}; this version reads format {FORMAT}.")
        return manifest


# Here, because msgspec does not survive that two threads are the first to read one type.
_DECODER = msgspec.json.Decoder(Manifest)


def transfers_of(transfers: tuple[Transfer, ...]) -> tuple[ManifestTransfer, ...]:
    """
    Return the transfers in the manifest's form.
    """
    return tuple(ManifestTransfer(type=transfer.type, fields=transfer.fields) for transfer in transfers)


def content_digest(fetched: FetchedShipment) -> str:
    """
    Return the SHA-256 over the shipment's id, its files (name, size, digest) and its transfers' elements.

    Attributes are left out: prefixes and ids in them change from answer to answer.
    """
    said = (
        fetched.listed.id,
        [
            (file.name, file.part.size, file.part.sha256) if file.part else (file.name, None, file.link)
            for file in fetched.files
        ],
        [(part.size, part.sha256) for part in fetched.unreferenced],
        [
            (transfer.type, [(field.path, field.value) for field in transfer.fields if not field.is_attribute])
            for transfer in fetched.transfers
        ],
    )
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()

"""What an insurer lists and delivers, as frozen values; everything it sent is kept, known or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Field:
    """
    One leaf of an insurer's XML, in document order.

    *path* names the elements from the enclosing object down, without prefixes (`Vermittler/Vermittlernummer`;
    a repeated element carries its number from the second on: `Datei[2]/Dateiname`); *namespace* is that of the
    leaf; *value* is the text as sent.
    """

    path: str
    value: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Message:
    """
    A `Meldung` of the norm: kind (`Fehler`, `Hinweis`, `Warnung`), five-digit code, text, reference.
    """

    kind: str
    code: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class Status:
    """
    The `Status` of an answer; *ok* is True only where StatusID is literally `OK`.
    """

    ok: bool
    status_id: str
    process_id: str
    timestamp: str
    messages: tuple[Message, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """
        The Meldung codes in the order sent.
        """
        return tuple(message.code for message in self.messages)


@dataclass(frozen=True, slots=True)
class ListedShipment:
    """
    One `Lieferung` as listed (and, with its transfers, as fetched).

    Times are aware and in UTC (a time without a zone is Europe/Berlin); *fields* holds every leaf as sent,
    the known ones included.
    """

    id: str
    category: str | None
    posted_at: datetime | None
    available_until: date | None
    delivery_type: str | None
    data_only: bool | None
    periodic: bool | None
    line: str | None
    transfer_count: int | None
    fields: tuple[Field, ...]


def listed_as(fields: Iterable[Field]) -> str:
    """
    Return what identifies a delivery in a list: category and time of posting, as sent.
    """
    identifying = ("Kategorie", "Einstellzeitpunkt")
    return "|".join(f"{field.path}={field.value}" for field in fields if field.path in identifying)


@dataclass(frozen=True, slots=True)
class Listing:
    """
    A positively recognised answer to listShipments; an empty one is an empty mailbox (invariant I11).
    """

    status: Status
    shipments: tuple[ListedShipment, ...]


@dataclass(frozen=True, slots=True)
class SpooledPart:
    """
    A run of received bytes in the spool: where (opaque to all but the spool), size in bytes, SHA-256 in
    hexadecimal, and the first bytes, for recognising the content.
    """

    handle: str
    size: int
    sha256: str
    head: bytes


@dataclass(frozen=True, slots=True)
class Checksum:
    """
    A `Pruefsumme` as sent: algorithm (`MD5` or `SHA1`) and value.
    """

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """
    One `Datei` with its bytes.

    *part* is None where the insurer sent only a link (never dereferenced); *transfer* is the index of its
    transfer, from 0, or -1 where nothing in the message names the file.  *name*, *media_type* and the rest
    are the insurer's data and never become paths.
    """

    part: SpooledPart | None
    transfer: int
    name: str | None
    media_type: str | None
    file_type: str | None
    document_types: tuple[str, ...]
    compression: str | None
    checksum: Checksum | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """
    One `Transfer`: the declared type (local name of `xsi:type`, if any) and all its fields.
    """

    type: str | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class FetchedShipment:
    """
    A positively recognised, complete answer to getShipment.

    *unreferenced* are parts of the message that no `Datei` names: kept, with a remark.  *response_sha256* is
    over the HTTP body as received (after content decoding), *received* its length in bytes.
    """

    status: Status
    listed: ListedShipment
    transfers: tuple[Transfer, ...]
    files: tuple[ReceivedFile, ...]
    unreferenced: tuple[SpooledPart, ...]
    envelope: SpooledPart
    response_sha256: str
    received: int


class AckVerdict(StrEnum):
    """
    What the answer to an acknowledgement means.
    """

    CONFIRMED = "confirmed"
    """StatusID OK."""
    UNKNOWN_ID = "unknown-id"
    """04003: the insurer does not know the shipment (any more)."""
    REFUSED = "refused"
    """A NOK with 04004 or another code."""
    UNCLEAR = "unclear"
    """The request left and no clear answer came: it may have been carried out."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """
    The outcome of one acknowledgeShipment; *detail* is a sentence for the ledger.
    """

    verdict: AckVerdict
    detail: str
    status: Status | None

"""What an insurer lists and delivers, as frozen values; everything it sent is kept, known or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec


class Field(msgspec.Struct, frozen=True, gc=False):
    """
    One leaf of an insurer's XML, in document order; a list has a hundred thousand of them, hence no dataclass.

    *path* names the elements from the enclosing object down, without prefixes (`Vermittler/Vermittlernummer`;
    a repeated element carries its number from the second on: `Datei[2]/Dateiname`); an attribute's last step begins
    with `@`.  *namespace* is that of the leaf; *value* is the text as sent.
    """

    path: str
    value: str
    namespace: str

    @property
    def name(self) -> str:
        """
        The last step of the path, without a number.
        """
        return last_step(self.path)

    @property
    def is_attribute(self) -> bool:
        """
        Whether it is an attribute of the element that the path names before it.
        """
        return self.name.startswith("@")


def last_step(path: str) -> str:
    """
    Return the last step of a field's path, without a number.
    """
    return path.rpartition("/")[2].partition("[")[0]


@dataclass(frozen=True, slots=True)
class Numbers:
    """
    By what people know a shipment: numbers as sent, in document order, each once, wherever they stand.

    *policy* is the insurer's number of a contract (VSNR), *process* its number of the business transaction and
    *process_broker* the broker's own, *broker* the number of an intermediary, *claim* the insurer's number of a claim.
    """

    policy: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    process_broker: tuple[str, ...] = ()
    broker: tuple[str, ...] = ()
    claim: tuple[str, ...] = ()

    def every(self) -> tuple[str, ...]:
        """
        Return all of them.
        """
        return (*self.policy, *self.process, *self.process_broker, *self.broker, *self.claim)


_NUMBER_OF = {
    "Versicherungsscheinnummer": "policy",
    "Vertragsnummer": "policy",
    "Vorgangsnummer": "process",
    "VorgangsnummerVM": "process_broker",
    "Vermittlernummer": "broker",
    "SchadennummerVU": "claim",
}


def numbers_of(fields: Iterable[Field]) -> Numbers:
    """
    Return the numbers among *fields*, known by their element's name in whatever namespace.
    """
    said: dict[str, dict[str, None]] = {}
    for field in fields:
        number, value = _NUMBER_OF.get(field.name), field.value.strip()
        if number and value:
            said.setdefault(number, {})[value] = None
    return Numbers(**{number: tuple(values) for number, values in said.items()})


@dataclass(frozen=True, slots=True)
class Message:
    """
    A `Meldung` of the norm: kind (`Fehler`, `Hinweis`, `Warnung`), five-digit code, text, and the reference that the
    insurer's support asks for.
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


class ListedShipment(msgspec.Struct, frozen=True, gc=False):
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

    *remarks* say where it does not fit our schemas.
    """

    status: Status
    shipments: tuple[ListedShipment, ...]
    remarks: tuple[str, ...] = ()


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

    @classmethod
    def of_part(cls, part: SpooledPart, name: str | None = None) -> ReceivedFile:
        """
        Return a file that no message says anything of.
        """
        return cls(part, -1, name, None, None, (), None, None, None)


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
    over the HTTP body as received (after content decoding), *received* its length in bytes.  *answer* is every leaf
    beside the shipment, the Status with all its messages included; *remarks* say where the answer does not fit our
    schemas.
    """

    status: Status
    listed: ListedShipment
    transfers: tuple[Transfer, ...]
    files: tuple[ReceivedFile, ...]
    unreferenced: tuple[SpooledPart, ...]
    envelope: SpooledPart
    response_sha256: str
    received: int
    answer: tuple[Field, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """
        Every leaf of the shipment, those of its transfers last.
        """
        return (*self.listed.fields, *(field for transfer in self.transfers for field in transfer.fields))

    @property
    def numbers(self) -> Numbers:
        """
        The numbers that stand anywhere in the shipment.
        """
        return numbers_of(self.fields)


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

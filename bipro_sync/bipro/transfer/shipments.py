"""Turn a `Response` into shipments and their files; all it says is kept, known or not, and no file is guessed.

Norm 430, read by local name and namespace, in any order; a file belongs to a `Datei` by its Content-ID only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from ...errors import MissingPartError, ProtocolError
from ...model.shipment import (
    Checksum,
    FetchedShipment,
    ListedShipment,
    ReceivedFile,
    SpooledPart,
    Status,
    Transfer,
    last_step,
)
from ..calls.call import Answer
from ..framing.media_type import content_id, unescaped
from ..framing.message import Attachment
from ..soap import namespaces as ns
from ..soap.element import Element
from ..soap.shapes import Record, Shape
from ..times import parse_date, parse_time


MAX_ID = 255
"""Characters; the norm allows 25, and an insurer that sends a few more is believed."""

_SHIPMENT = "Lieferung"
_TRANSFER = "Transfer"
_FILE = "Datei"
_DATA = "Daten"
_KNOWN = (
    "ID",
    "Einstellzeitpunkt",
    "VerfuegbarBis",
    "Kategorie",
    "ArtDerLieferung",
    "Sparte",
    "EnthaeltNurDaten",
    "PeriodischeLieferung",
    "AnzahlTransfers",
)
"""The norm's fields of a shipment."""
_COUNT = re.compile(r"[0-9]{1,9}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def listed_shipments(response: Element) -> tuple[ListedShipment, ...]:
    """
    Read every `Lieferung` of a list.

    Raises :class:`ProtocolError` where one has no ID, and where others stand anywhere else in the answer or in a
    foreign namespace: none is passed over (invariant I11).
    """
    shipments = _listed(response.records(_SHIPMENT, leave_out=_TRANSFER))
    if response.anywhere(_SHIPMENT) != len(shipments):
        raise ProtocolError("The answer holds shipments in a shape that is none of the norm.")
    return shipments


def fetched_shipment(
    response: Element, status: Status, answer: Answer, remarks: tuple[str, ...] = ()
) -> FetchedShipment:
    """
    Read the one `Lieferung` of an answer to getShipment, and tie its files to their bytes; *remarks* go with it.

    Raises :class:`ProtocolError`, and :class:`MissingPartError` where a file's bytes are not in the message.
    """
    message = answer.message
    assert message is not None
    shipments = tuple(response.each(_SHIPMENT))
    if len(shipments) != 1:
        raise ProtocolError(f"The answer holds {len(shipments)} shipments where one was asked for.")
    shipment = shipments[0]
    named = [each for each in message.attachments if each.name]
    attachments = {unescaped(each.name): each for each in named} | {each.name: each for each in named}
    files = tuple(_file(element, transfer, attachments) for transfer, element in _file_elements(shipment))
    used = {id(file.part) for file in files}
    spooled = (*(each.part for each in message.attachments), *message.inline)
    return FetchedShipment(
        status=status,
        listed=_listed([shipment.record(leave_out=_TRANSFER)])[0],
        transfers=tuple(
            Transfer(type=_declared_type(transfer), fields=transfer.record().fields)
            for transfer in shipment.each(_TRANSFER)
        ),
        files=files,
        unreferenced=tuple(part for part in spooled if id(part) not in used),
        envelope=message.envelope,
        response_sha256=answer.sha256,
        received=answer.received,
        answer=response.record(leave_out=_SHIPMENT).fields,
        remarks=remarks,
    )


class _Known(dict[Shape, Callable[[Sequence[str]], tuple[str, ...]]]):
    """
    How to pick the values of :data:`_KNOWN` out of a record of each shape, with a blank value behind it.
    """

    def __missing__(self, shape: Shape) -> Callable[[Sequence[str]], tuple[str, ...]]:
        own, elsewhere = _places(shape)
        anywhere = elsewhere | own | {"ID": own.get("ID", -1)}
        pick = self[shape] = itemgetter(*(anywhere.get(name, -1) for name in _KNOWN))
        return pick


def _places(shape: Shape) -> tuple[dict[str, int], dict[str, int]]:
    """
    Return where the norm's fields stand, by their names: those in the norm's own place and those anywhere else.
    """
    own: dict[str, int] = {}
    elsewhere: dict[str, int] = {}
    for number, (path, namespace) in enumerate(zip(shape.paths, shape.namespaces, strict=True)):
        in_place = "/" not in path and namespace.startswith(ns.BIPRO)
        (own if in_place else elsewhere).setdefault(last_step(path), number)
    return own, elsewhere


def _listed(records: Iterable[Record]) -> tuple[ListedShipment, ...]:
    """
    Return the shipments of *records*, read field by field rather than one by one: a list has ten thousand of them.
    """
    known = _Known()
    kept = [(record.fields, known[record.shape]((*record.values, ""))) for record in records]
    columns = zip(*(values for _, values in kept), strict=True)
    said = dict(zip(_KNOWN, ([*map(str.strip, column)] for column in columns), strict=False))
    if not said:
        return ()
    if not all(said["ID"]):
        raise ProtocolError("The answer holds a shipment without an ID.")
    if max(map(len, said["ID"])) > MAX_ID:
        raise ProtocolError(f"The answer holds a shipment whose ID is longer than {MAX_ID} characters.")
    return tuple(
        map(
            ListedShipment,
            said["ID"],
            map(_text, said["Kategorie"]),
            map(parse_time, said["Einstellzeitpunkt"]),
            map(parse_date, said["VerfuegbarBis"]),
            map(_text, said["ArtDerLieferung"]),
            map(_BOOLEANS.get, said["EnthaeltNurDaten"]),
            map(_BOOLEANS.get, said["PeriodischeLieferung"]),
            map(_text, said["Sparte"]),
            map(_count, said["AnzahlTransfers"]),
            (fields for fields, _ in kept),
        )
    )


def _text(value: str) -> str | None:
    return value or None


@lru_cache
def _count(value: str) -> int | None:
    return int(value) if _COUNT.fullmatch(value) else None


def _file_elements(shipment: Element) -> Iterator[tuple[int, Element]]:
    """
    Give every `Datei` in document order with the index of its transfer, or of the one before it.
    """
    transfer = -1
    for child in shipment.children:
        transfer += child.name == _TRANSFER
        for element in _files_below(child):
            yield max(transfer, 0), element


def _files_below(element: Element) -> Iterator[Element]:
    if element.name == _FILE and element.namespace.startswith(ns.BIPRO):
        yield element
        return
    for child in element.children:
        yield from _files_below(child)


def _file(element: Element, transfer: int, attachments: Mapping[bytes, Attachment]) -> ReceivedFile:
    data = element.child(_DATA)
    link = element.text_of("Datenlink") or None
    part, media_type = _bytes(data, attachments)
    if part is None and link is None:
        raise MissingPartError("The answer announces a file and holds neither its bytes nor a link.")
    checksum = element.child("Pruefsumme")
    return ReceivedFile(
        # An empty Daten beside a link is no empty file: the file is behind the link.
        part=None if part is not None and part.size == 0 and link is not None else part,
        transfer=transfer,
        name=element.text_of("Dateiname") or None,
        media_type=media_type or None,
        file_type=element.text_of("Dateityp") or None,
        document_types=tuple(each.value for each in element.each("DokumentartID")),
        compression=element.text_of("Komprimierungstyp") or None,
        checksum=None if checksum is None else Checksum(checksum.text_of("Typ"), checksum.text_of("Wert")),
        link=link,
    )


def _bytes(data: Element | None, attachments: Mapping[bytes, Attachment]) -> tuple[SpooledPart | None, str]:
    """
    Return the bytes of a `Daten` and their media type.
    """
    if data is None:
        return None, ""
    declared = data.attributes.get(f"{{{ns.XML_MIME}}}contentType", "")
    if data.reference is None:
        return data.inline, declared
    scheme, _, name = data.reference.strip().partition(":")
    address = content_id(name)
    attachment = attachments.get(address) or attachments.get(unescaped(address))
    if scheme.lower() != "cid" or attachment is None:
        raise MissingPartError("The answer announces a file whose MIME part is not in it.")
    return attachment.part, declared or attachment.media_type


def _declared_type(transfer: Element) -> str | None:
    return transfer.attributes.get(f"{{{ns.SCHEMA_INSTANCE}}}type", "").rpartition(":")[2] or None

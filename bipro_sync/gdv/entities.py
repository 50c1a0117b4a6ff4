"""What a group says, as plain values: what the same contract said in another delivery can be compared with it.

Numbers that only place a record (policy number, sequence numbers) are not repeated in it, so that nothing seems changed
where a sender merely counts anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from .endings import status_of
from .group import Group, Key, Kind
from .layouts import ADDRESS_LENGTH, RECORD_LENGTH, Part
from .noise import decimal_of
from .record import Record


Fields: TypeAlias = dict[str, str]
"""A record's values by short name: dates in ISO form, amounts with all their decimals; absent ones are left out, and
what is not of its field's kind stands as it came."""

Content: TypeAlias = dict[str, list[Fields]]
"""Fields by place, such as `0200/1`, or `0220.040/2:100000,1` where running numbers tell a contract's risks apart."""

ADDRESSING = "addressing"
"""The place of what all records of a group have in common: how the number was sent, the broker's number, the bundle.

Partners have none of it, as they are the same under any number."""

_ADDRESSING = {
    "VuNr": (5, 5),
    "Buendelungskennzeichen": (10, 1),
    "Sparte": (11, 3),
    "VsNr": (14, 17),
    "GeschaeftsstelleVermittler": (33, 10),
}

RUNNING_NUMBERS = frozenset(
    {
        "ArtLeistung",
        "Bausteinschluessel",
        "BezugZurObjektNr",
        "BezugZurWagnisNr",
        "Fondskennung",
        "GefahrenLfdNr",
        "LaufendeNrKlausel",
        "LaufendeNrRabattsZuschlags",
        "LaufendeNrTarif",
        "LaufendeNrVersichertenTieres",
        "LaufendeNrVorMitVers",
        "LaufendeNrWertebereiches",
        "LaufendeNrZurArtLeistung",
        "LaufendeNrZusatzdeckung",
        "LfdNr",
        "LfdNrDeklaration",
        "LfdNrDokuments",
        "LfdNrFonds",
        "LfdNrObjektKomplex",
        "LfdNrPerson",
        "LfdNrPositionMaschinenverzeichnisses",
        "LfdNrProduktspezifischeDatenImGeVo",
        "LfdNrRisikos",
        "LfdNrSatzart",
        "LfdNrTarif",
        "LfdNrVersichertenFahrzeuges",
        "LfdNrVersichertenPersonVp",
        "LfdNrVersichertenPersonVp9",
        "LfdNrVersichertenPersonVpPersonengruppe",
        "LfdNrVerssgrundstueck",
        "LfdNrZurWagnisart",
        "LfdPersonenNrImGeVo",
        "LfdPersonenNrUnterNr",
        "LfdSatzNr",
        "ObjektNr",
        "OrdnungsNrWagnisTeil",
        "OrdnungsNrWagniszusatz",
        "RisikoLfdNr",
        "RisikogruppeRisikoart",
        "Wagnis",
        "Wagnisart",
    }
)
"""The short names of fields that say which of a contract's records of one kind this is."""


@dataclass(frozen=True, slots=True)
class Entity:
    """
    What a group says; *where* are the numbers of its records in the file, *status* is a contract's.

    The content is the same for the same values, whatever the order of the records, and fit for JSON.
    """

    kind: Kind
    key: Key
    content: Content
    where: tuple[int, ...]
    status: str | None = None


def entity(group: Group) -> Entity:
    """
    Return what *group* says.
    """
    return Entity(group.kind, group.key, content_of(group), group.numbers, status_of(group))


def content_of(group: Group) -> Content:
    """
    Return what `entity` says of *group*, alone.
    """
    content: Content = {} if group.kind is Kind.PARTNER else {ADDRESSING: [_addressing(group)]}
    for record in group.records:
        content.setdefault(place_of(record), []).append(_said(record))
    for each in content.values():
        if len(each) > 1:
            each.sort(key=_canonical)
    return content


def one(content: Content, place: str) -> Fields:
    """
    Return the fields at a place, whatever running numbers stand behind it; nothing where there are none.
    """
    for name, each in content.items():
        if name.partition(":")[0] == place:
            return each[0]
    return {}


def amount(fields: Fields, *keys: str) -> Decimal | None:
    """
    Return the amount in the first of these fields that holds one; what cannot be read is none.
    """
    return next((found for key in keys if (found := decimal_of(fields.get(key))) is not None), None)


def place_of(record: Record) -> str:
    """
    Return where a record's fields stand in its entity's content.
    """
    if record.part is None:
        return record.record_type
    name, running = _place(record.part)
    numbers = [record.text(start, length).strip().lstrip("0") for start, length in running]
    return f"{name}:{','.join(numbers)}" if any(numbers) else name


def _said(record: Record) -> Fields:
    if record.part is None:
        return {"bytes": record.text(ADDRESS_LENGTH + 1, RECORD_LENGTH - ADDRESS_LENGTH).rstrip()}
    return record.said()


def _addressing(group: Group) -> Fields:
    """
    Return what is common to all records, as the first of them says it, which is the general one where there is one.
    """
    first = min(group.records, key=lambda record: record.padded[:4])
    return {name: value for name, place in _ADDRESSING.items() if (value := first.text(*place).strip())}


def _canonical(fields: Fields) -> str:
    return json.dumps(fields, sort_keys=True)


@cache
def _place(part: Part) -> tuple[str, tuple[tuple[int, int], ...]]:
    """
    Return the name of a part's place, and where its records have the running numbers that stand behind the name.
    """
    running = tuple((field.start, field.length) for field in part.fields if field.key in RUNNING_NUMBERS)
    return f"{part.layout}/{part.number}", running

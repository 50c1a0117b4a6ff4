"""The three fields that moved between releases, and the header's word about which form a packet uses.

Every other change since 2009 went into columns that were free before, so that the newest layout reads old files too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from .layouts import Field, FieldKind, Part, part


@dataclass(frozen=True, slots=True)
class Versions:
    """
    Which of the three a packet's header says are in their former form; without its word none is.
    """

    former_general: bool = False
    former_accident: bool = False
    former_building: bool = False


def versions_of(header: bytes) -> Versions:
    """
    Return what the first part of a header record says.
    """
    fields = part("0001", 1)

    def is_before(since: str, key: str) -> bool:
        return _is_before(header[fields.field(key).place].decode("ascii", "replace").strip(), since)

    return Versions(
        is_before("2.5", "Satzart0200"), is_before("2.4", "Satzart0220030"), is_before("1.6", "Satzart0220140")
    )


@cache
def former_parts(versions: Versions) -> dict[Part, Part]:
    """
    Return the former form of each part that is in it.
    """
    changed = [
        (versions.former_general, part("0200", 2), _short_connection),
        (versions.former_accident, part("0220.030", 4), _repeated_one_later),
        (versions.former_building, part("0220.140", 1), _numeric_construction),
    ]
    return {newest: change(newest) for former, newest, change in changed if former}


def _is_before(version: str, since: str) -> bool:
    major, dot, minor = version.partition(".")
    return bool(dot) and major.isdigit() and minor.isdigit() and version < since


def _changed(newest: Part, change: Callable[[Field], list[Field]]) -> Part:
    fields = [made for each in newest.fields for made in change(each)]
    numbered = (replace(each, number=number) for number, each in enumerate(fields, 1))
    return Part(newest.layout, newest.record_type, newest.line, newest.number, newest.version, tuple(numbered))


def _short_connection(newest: Part) -> Part:
    """
    0200, part 2, before 2015: the connecting contract number had 17 bytes; the columns behind it were free.
    """

    def change(field: Field) -> list[Field]:
        match field.start:
            case 220:
                return [replace(field, length=17)]
            case 255:
                return [replace(field, start=237, length=19)]
            case _:
                return [field]

    return _changed(newest, change)


def _repeated_one_later(newest: Part) -> Part:
    """
    0220.030, part 4, before 2018: the part's number was repeated in column 250.
    """

    def change(field: Field) -> list[Field]:
        match field.start:
            case 197:
                return [replace(field, length=53)]
            case 249:
                return [replace(field, start=250)]
            case 250:
                return [replace(field, start=251, length=6)]
            case _:
                return [field]

    return _changed(newest, change)


def _numeric_construction(newest: Part) -> Part:
    """
    0220.140, part 1, before 2018: the class of construction was a digit.
    """

    def change(field: Field) -> list[Field]:
        return [replace(field, kind=FieldKind.DIGITS)] if field.key == "Bauartklasse" else [field]

    return _changed(newest, change)

"""One record of any part: 256 characters from the values of its fields, given or invented."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from functools import cache
from random import Random

from bipro_sync.gdv.layouts import RECORD_LENGTH, Field, FieldKind, Part

from .words import BLANK, CODES, FAMILY_NAMES, FIRST_NAMES, RUNNING, STREETS, TOWNS, WORDS


LINE = 11
"""The column of the line of business."""
_EXACT = Context(prec=50)
"""No amount is rounded, not even the 42 digits of motor liability's sums."""

BEHIND = 43
"""The first column behind what identifies a record."""
MONTHS = 12
DAYS = 28
"""The last day that every month has."""
SHORT = 4
"""Up to so many characters a text is taken for a code."""

Value = object
"""What a field is given: a text, a number, a date as ISO writes it (`2024-08-01`, `2024-08`, `2024`), or None."""


def record(of: Part, values: Mapping[str, Value]) -> str:
    """
    Return one record: constants and the given values (by key) at their places, blanks elsewhere.

    An amount's sign is written where the part has a place for it, unless the sign itself is given.
    """
    line = [" "] * RECORD_LENGTH
    signed = signs(of)
    for field in of.fields:
        value = values.get(field.key, prescribed(of, field))
        if value is not None:
            put(line, field, text_of(field, value))
        sign = signed.get(field.key)
        if sign and value is not None and sign.key not in values:
            put(line, sign, "-" if Decimal(str(value)) < 0 else "+")
    return "".join(line)


def prescribed(of: Part, field: Field) -> str | None:
    """
    Return what every record of a part has in a field: the layout's constant, or the line that it is named after.
    """
    if field.is_sign:
        return None
    return field.constant or (of.line if field.start == LINE else "") or None


def put(line: list[str], field: Field, text: str) -> None:
    """
    Write *text* to a field's place.
    """
    if len(text) != field.length:
        raise ValueError(f"{field.key} has {field.length} characters, not {len(text)}")
    line[field.start - 1 : field.start - 1 + field.length] = text


def text_of(field: Field, value: Value) -> str:
    """
    Return what stands in a field of this value, in all its length.
    """
    match field.kind:
        case FieldKind.DECIMAL:
            return f"{Decimal(str(value)).copy_abs().scaleb(field.decimals, _EXACT):.0f}".rjust(field.length, "0")
        case FieldKind.DATE:
            year, month, day, *_ = *str(value).split("-"), "00", "00"
            return f"{day}{month}{year}" if field.length > len("MMJJJJ") else f"{month}{year}"
        case FieldKind.DIGITS:
            return str(value).rjust(field.length, "0")
    return str(value).rjust(field.length) if field.right_aligned else str(value).ljust(field.length)


def signs(of: Part) -> dict[str, Field]:
    """
    Return the sign of each amount that has one, by the amount's key: the byte behind it.
    """
    return {amount.key: sign for amount, sign in zip(of.fields, of.fields[1:], strict=False) if amount.signed}


def invented(of: Part, random: Random, *, filled: float = 1.0) -> dict[str, Value]:
    """
    Return values for so many of a part's fields that are neither constant nor unused; what identifies is left out.
    """
    found: dict[str, Value] = {}
    for field in of.fields:
        if field.unused or field.constant or BLANK.fullmatch(field.key) or field.start < BEHIND:
            continue
        if random.random() < filled or (filled and (codes_of(field) or RUNNING.fullmatch(field.key))):
            found[field.key] = _invented_value(field, random)
    return found


@cache
def codes_of(field: Field) -> tuple[str, ...]:
    """
    Return the codes that a field is filled with, which it always is; nothing for other fields.
    """
    return next((codes for key, codes in CODES if key.fullmatch(field.key)), ())


def _invented_value(field: Field, random: Random) -> Value:
    if RUNNING.fullmatch(field.key):
        return "1" if field.kind is FieldKind.TEXT else "1".rjust(field.length, "0")
    match field.kind:
        case FieldKind.DATE:
            month = f"{random.randint(1990, 2049)}-{random.randint(1, MONTHS):02}"
            return f"{month}-{random.randint(1, DAYS):02}" if field.length > len("MMJJJJ") else month
        case FieldKind.DECIMAL:
            largest = 10 ** min(field.length, 9) - 1
            return Decimal(random.randint(0, largest)).scaleb(-field.decimals)
        case FieldKind.DIGITS:
            return str(random.randint(0, 10 ** min(field.length, 6) - 1)).rjust(field.length, "0")
    return _invented_text(field, random)[: field.length].strip()


def _invented_text(field: Field, random: Random) -> str:
    if codes := codes_of(field):
        return random.choice(codes)
    if field.length <= SHORT:
        return str(random.randint(1, 9)).rjust(field.length, "0")
    if field.right_aligned or "Nr" in field.key:
        return f"{random.randint(1, 10**9)}"
    for word, choices in (("Vorname", FIRST_NAMES), ("Name", FAMILY_NAMES), ("Ort", TOWNS), ("Str", STREETS)):
        if word in field.key:
            return random.choice(choices)
    return random.choice(WORDS)

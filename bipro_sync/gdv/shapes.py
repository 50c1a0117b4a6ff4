"""Whether each field of a record has the shape its layout asks for: digits, dates, signs, known codes, free columns.

A record in order is known by one regular expression; only the others are looked at field by field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from .codes import KNOWN_CODES
from .findings import Finding, Severity
from .layouts import Field, FieldKind, Part
from .record import Record
from .values import BLANK, is_blank, is_readable


class Fault(NamedTuple):
    """
    What is wrong with a field, in a word for programs and a sentence for people.
    """

    code: str
    severity: Severity
    words: str


_NUMBER = Fault("field.not-a-number", Severity.ERROR, "something other than digits stands in a number")
_ALIGNMENT = Fault("field.amount-cut", Severity.ERROR, "blanks stand behind an amount, so that its places are unknown")
_SHORT_DATE = Fault("field.short-date", Severity.ERROR, "a date has six digits instead of eight")
_DATE = Fault("field.not-a-date", Severity.ERROR, "something other than a date stands in a date")
_IMPOSSIBLE = Fault("field.impossible-date", Severity.ERROR, "a date is on no calendar")
_SIGN = Fault("field.no-sign", Severity.WARNING, "something other than plus, minus or blank is an amount's sign")
_CODE = Fault("field.unknown-code", Severity.WARNING, "a code is on no list that we know")
_UNUSED = Fault("field.unused-filled", Severity.NOTE, "something stands in columns that the layout leaves free")

_SIGNS = b"+- \0"
_SHORT = len("TTMMJJ")


def shape_findings(record: Record) -> Iterator[Finding]:
    """
    Yield what is wrong with the fields of a record whose part is known.
    """
    part = record.part
    if part is None or _in_order(part).fullmatch(record.padded):
        return
    for field in part.fields:
        fault = fault_of(field, record.padded[field.place])
        if fault is not None:
            offset, length = record.where(field)
            words = f"{fault.words} ({part.layout}, part {part.number})"
            yield Finding(fault.code, fault.severity, words, record.number, field.key, offset, length)


def fault_of(field: Field, data: bytes) -> Fault | None:
    """
    Return what is wrong with a field's bytes; blank ones are absent and never wrong.
    """
    if is_blank(data):
        return None
    if field.unused:
        return _UNUSED
    if field.is_sign:
        return None if data in _SIGNS else _SIGN
    if field.key in KNOWN_CODES:
        return None if data.strip(BLANK).decode("latin-1") in KNOWN_CODES[field.key] else _CODE
    if is_readable(field, data):
        return None
    return _date_fault(data) if field.kind is FieldKind.DATE else _number_fault(data)


def _date_fault(data: bytes) -> Fault:
    digits = data.strip(BLANK)
    if not digits.isdigit():
        return _DATE
    return _SHORT_DATE if len(digits) == _SHORT and len(data) > _SHORT else _IMPOSSIBLE


def _number_fault(data: bytes) -> Fault:
    return _ALIGNMENT if data.strip(BLANK).isdigit() else _NUMBER


@cache
def _in_order(part: Part) -> re.Pattern[bytes]:
    """
    Return what records of a part look like in whose fields nothing is wrong; it may miss some, which costs time alone.
    """
    return re.compile(b"".join(_usual(field) for field in part.fields), re.DOTALL)


def _usual(field: Field) -> bytes:
    blank = b" {%d}" % field.length
    if field.unused:
        return blank
    if field.is_sign:
        return b"[+ -]"
    if field.key in KNOWN_CODES:
        codes = [code.encode("ascii") for code in sorted(KNOWN_CODES[field.key]) if len(code) == field.length]
        return b"(?:%s|%s)" % (b"|".join(codes), blank)
    if field.kind is FieldKind.TEXT:
        return b".{%d}" % field.length
    if field.kind is FieldKind.DATE:
        return b"(?:%s|%s|0{%d})" % (_DATES[field.length], blank, field.length)
    return b"(?:[0-9]{%d}|%s)" % (field.length, blank)


_MONTH = rb"(?:0[1-9]|1[0-2])(?!0000)[0-9]{4}"
_DATES = {
    6: _MONTH,
    8: rb"(?:(?:[01][0-9]|2[0-8])%s|(?:29|30)(?!02)%s|31(?:0[13578]|1[02])(?!0000)[0-9]{4})" % (_MONTH, _MONTH),
}
"""Dates by length, but for the 29th of February and unknown months."""

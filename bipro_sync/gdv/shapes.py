"""What a record holds that its layout does not foresee: unreadable numbers and dates, content in unused columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from .findings import Finding, Severity
from .layouts import Field, FieldKind, Part
from .record import Record
from .values import BLANK, is_readable


def shape_findings(record: Record) -> Iterator[Finding]:
    """
    Give a finding for each field whose bytes are not of its kind, and for each filled stretch of unused columns.

    The value of such a field is None; its bytes are in `record.raw`.  A record without part has no findings.
    """
    if record.part is None:
        return
    values = record.values()
    for field in _telling(record.part):
        value = values.get(field.key)
        if field.unused:
            if value is not None:
                yield _finding(record, field, "field.unused-filled", Severity.NOTE)
        elif value is None and not is_readable(field, data := record.padded[field.place]):
            yield _finding(record, field, _code(field, data), Severity.WARNING)


_WORDS = {
    "field.unused-filled": "columns that the layout keeps free are filled; they are kept and not interpreted",
    "field.not-a-number": "this is no number of plain digits; it is read as absent",
    "field.short-date": "a date has six digits instead of eight; it is read as absent",
    "field.not-a-date": "there is no such date; it is read as absent",
}
_SHORT_DATE = 6


@cache
def _telling(part: Part) -> tuple[Field, ...]:
    return tuple(field for field in part.fields if field.unused or field.kind is not FieldKind.TEXT)


def _code(field: Field, data: bytes) -> str:
    if field.kind is not FieldKind.DATE:
        return "field.not-a-number"
    written = data.strip(BLANK)
    return (
        "field.short-date" if written.isdigit() and len(written) == _SHORT_DATE < field.length else "field.not-a-date"
    )


def _finding(record: Record, field: Field, code: str, severity: Severity) -> Finding:
    offset, length = record.where(field)
    return Finding(code, severity, _WORDS[code], record.number, field.key, offset, length)

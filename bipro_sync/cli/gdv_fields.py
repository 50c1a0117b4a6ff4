"""A record as the `gdv` commands hand it over: an object of JSON, its fields under their short names or their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from ..gdv import Part, Record


@cache
def field_names(part: Part) -> Mapping[str, str]:
    """
    Return the name of each field by its short name; one that stands more than once is numbered from its second on.
    """
    seen: Counter[str] = Counter()
    found = {}
    for field in part.fields:
        seen[field.name] += 1
        found[field.key] = f"{field.name}_{seen[field.name]}" if seen[field.name] > 1 else field.name
    return found


def record_document(record: Record, *, names: bool = False) -> dict[str, Any]:
    """
    Return a record's JSON object; one that no layout describes has its text and family instead of fields.
    """
    part = record.part
    document: dict[str, Any] = {
        "record_no": record.number,
        "record_type": record.record_type,
        "line": record.line or None,
        "part": part.number if part else None,
        "layout": part.layout if part else None,
        "fields": {key: None if value is None else str(value) for key, value in fields_of(record, names=names)},
    }
    if part is None:
        document |= {"family": record.family.value, "text": record.text(1, len(record.padded))}
    return document


def fields_of(record: Record, *, names: bool = False) -> Iterable[tuple[str, object]]:
    """
    Return a record's fields with their values, by short name or by name; a name that stands twice is numbered.
    """
    values = record.values()
    if not names or record.part is None:
        return values.items()
    labels = field_names(record.part)
    return [(labels[key], value) for key, value in values.items()]

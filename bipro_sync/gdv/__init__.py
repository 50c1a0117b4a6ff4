"""The GDV data set: bytes to records to values and back; it must never decide whether bytes are kept."""

from __future__ import annotations

from .choosing import part_of
from .findings import Finding, Severity
from .layouts import Field, FieldKind, Part, part, parts
from .reading import Reading, read
from .recognition import looks_like_gdv
from .record import Record
from .record_types import Family
from .values import GdvDate, Value
from .writing import write


__all__ = [
    "Family",
    "Field",
    "FieldKind",
    "Finding",
    "GdvDate",
    "Part",
    "Reading",
    "Record",
    "Severity",
    "Value",
    "looks_like_gdv",
    "part",
    "part_of",
    "parts",
    "read",
    "write",
]

"""The GDV data set: bytes to records to values and back; it must never decide whether bytes are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .choosing import part_of
from .files import Source
from .findings import Finding, Severity
from .layouts import Field, FieldKind, Part, part, parts
from .reading import Reading, read
from .recognition import appearance, looks_like_gdv
from .record import Record
from .record_types import Family
from .shapes import shape_findings
from .values import GdvDate, Value
from .writing import changed, write, write_to


if TYPE_CHECKING:
    from .tables import Columns


def columns(source: Source, *, encoding: str | None = None) -> Columns:
    """
    Return a whole file as tables of columns, one for each part; raises what `read` raises.

    >>> data = b"9999" + b"0000000002" + b"4711      " + b"000000000012345"
    >>> [table] = columns(data).tables
    >>> table.part.layout, table["Gesbeitrag"].values.tolist(), table["Gesbeitrag"].decimals
    ('9999', [12345], 2)
    """
    from .tables import columns  # noqa: PLC0415  numpy takes long to import, and whoever reads records needs none

    return columns(source, encoding=encoding)


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
    "appearance",
    "changed",
    "columns",
    "looks_like_gdv",
    "part",
    "part_of",
    "parts",
    "read",
    "shape_findings",
    "write",
    "write_to",
]

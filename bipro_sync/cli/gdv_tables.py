"""The texts a GDV file is exported in: JSON lines for all records, or CSV with a table for each part that occurs.

A table has every column of its part's newest layout, unused ones too, so that nothing is lost and the same part has the
same columns in each file.  Records that no layout describes have a table of their own, with their text.
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from .gdv_fields import field_names, record_document


if TYPE_CHECKING:
    from ..gdv import Part, Record


UNPARSED_COLUMNS = ("record_no", "record_type", "family", "text")
"""The columns of records that no layout describes."""

_encode = msgspec.json.Encoder().encode

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""
_SIGNS = ("+", "-")
_BLOCK = 64 << 10
"""Characters that are encoded at once."""


@dataclass(frozen=True, slots=True)
class Style:
    """
    How columns are called, and what stands between and before them in CSV.
    """

    names: bool = False
    delimiter: str = ","
    bom: bool = False


class Table(ABC):
    """
    One file that records are written to: those of one part, or of any (*of* is None).
    """

    def __init__(self, file: BinaryIO, of: Part | None, style: Style) -> None:
        self.file = file
        self.of = of
        self.style = style
        self.rows = 0

    @abstractmethod
    def add(self, record: Record) -> None:
        """
        Take one record.
        """

    @abstractmethod
    def finish(self) -> None:
        """
        Write what is still to be written; the file stays open.
        """

    @property
    def columns(self) -> Sequence[str]:
        """
        Return what the columns are called.
        """
        if self.of is None:
            return UNPARSED_COLUMNS
        names = field_names(self.of)
        return ["record_no", *(names[field.key] if self.style.names else field.key for field in self.of.fields)]

    def row(self, record: Record) -> list[object]:
        """
        Return a record's values, one for each column.
        """
        if self.of is None:
            return [record.number, record.record_type, record.family.value, record.text(1, len(record.padded))]
        values = record.values()
        return [record.number, *(values.get(field.key) for field in self.of.fields)]


class JsonLines(Table):
    """
    One object a record, of whatever part.
    """

    def add(self, record: Record) -> None:
        """
        Write the record.
        """
        self.rows += 1
        self.file.write(_encode(record_document(record, names=self.style.names)) + b"\n")

    def finish(self) -> None:
        """
        Do nothing: each line is whole.
        """


class Csv(Table):
    """
    RFC 4180 in UTF-8; no cell is a formula.
    """

    def __init__(self, file: BinaryIO, of: Part | None, style: Style) -> None:
        super().__init__(file, of, style)
        self._text = io.StringIO()
        self._text.write("\ufeff" if style.bom else "")
        self._writer = csv.writer(self._text, delimiter=style.delimiter, lineterminator="\r\n")
        self._writer.writerow(self.columns)

    def add(self, record: Record) -> None:
        """
        Take one record as a row.
        """
        self.rows += 1
        self._writer.writerow([_cell(each) for each in self.row(record)])
        if self._text.tell() > _BLOCK:
            self.finish()

    def finish(self) -> None:
        """
        Write the rows that were taken.
        """
        self.file.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) and value not in _SIGNS else value
    return "" if value is None else str(value)

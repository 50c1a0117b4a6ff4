"""GDV records as Parquet files, one a part; importing it needs pyarrow, which is an extra."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from ..gdv import FieldKind
from .gdv_tables import UNPARSED_COLUMNS, Style, Table


if TYPE_CHECKING:
    from ..gdv import Field, Part, Record


_ROWS = 8192
"""Rows that are written at once."""
_LARGEST_OF_128 = 38
"""Digits of the narrower of Arrow's two decimals."""


class Parquet(Table):
    """
    Amounts as decimals, everything else as text: a date may lack its day, and digits have zeros before them.
    """

    def __init__(self, file: BinaryIO, of: Part | None, style: Style) -> None:
        super().__init__(file, of, style)
        types = [_type_of(field) for field in of.fields] if of else [pa.string()] * len(UNPARSED_COLUMNS[1:])
        self._schema = pa.schema(list(zip(self.columns, [pa.int64(), *types], strict=True)))
        self._writer = parquet.ParquetWriter(file, self._schema)
        self._waiting: list[Sequence[object]] = []

    def add(self, record: Record) -> None:
        """
        Take one record as a row.
        """
        self.rows += 1
        self._waiting.append([_value(each) for each in self.row(record)])
        if len(self._waiting) == _ROWS:
            self._flush()

    def finish(self) -> None:
        """
        Write the rows that were taken, and what ends the file.
        """
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = list(zip(*self._waiting, strict=True)) or [()] * len(self._schema)
        arrays = [pa.array(column, each.type) for column, each in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._waiting = []


def _value(value: object) -> object:
    return value if value is None or isinstance(value, int | Decimal) else str(value)


def _type_of(field: Field) -> pa.DataType:
    if field.kind is not FieldKind.DECIMAL:
        return pa.string()
    decimal = pa.decimal128 if field.length <= _LARGEST_OF_128 else pa.decimal256
    return decimal(field.length, field.decimals)

"""Reads a whole file by columns: a table for each part, whose columns are decoded when they are asked for.

Meant for analysis, at a million records a second; it holds the file's records in memory once.  Needs numpy, and
pyarrow where `to_arrow` is called.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .column import Column
from .encodings import Encoding
from .files import Source
from .findings import Finding
from .layouts import RECORD_LENGTH, Part
from .pieces import Run
from .rows import Rows
from .sorting import Sorter
from .stream import Stream


if TYPE_CHECKING:
    import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
_ROWS_AT_ONCE = 1 << 16
_LAST_OF_LINE_ENDS = 0x0D


def columns(source: Source, *, encoding: str | None = None) -> Columns:
    """
    Return the tables of a path, of bytes or of a binary file, by part.

    Raises what `read` raises.  What has no part is in no table; `unknown` counts it.

    >>> data = b"9999" + b"0000000002" + b"4711      " + b"000000000012345"
    >>> [table] = columns(data).tables
    >>> table.part.layout, table["Gesbeitrag"].values, table["Gesbeitrag"].decimals
    ('9999', array([12345]), 2)
    """
    stream = Stream(source, encoding)
    sorter = Sorter()
    wide: dict[int, bytes] = {}
    for rows in _blocks(stream, wide):
        sorter.add(rows)
    return Columns(
        stream.encoding,
        stream.remarks.findings(),
        tuple(
            Table(part, records, rows, stream.encoding, _by_row(records, wide))
            for part, records, rows in sorter.tables()
        ),
        sorter.unknown,
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """
    A file's tables in the order of layouts and parts.
    """

    encoding: Encoding
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    unknown: int


@dataclass(frozen=True, slots=True, eq=False)
class Table(Mapping[str, Column]):
    """
    All records of one part: a mapping of short names to columns, in the part's order.

    *records* are the records' numbers in the file, *rows* their bytes; *wide* has those records, by row, that bytes
    alone cannot say.
    """

    part: Part
    records: npt.NDArray[np.int64]
    rows: Rows
    encoding: Encoding
    wide: Mapping[int, bytes]

    def __getitem__(self, key: str) -> Column:
        return Column(self.part.field(key), self.rows, self.encoding, self.wide)

    def __iter__(self) -> Iterator[str]:
        return iter(self.part.by_key)

    def __len__(self) -> int:
        return len(self.part.fields)

    def to_arrow(self) -> pa.Table:
        """
        Return the table for Arrow: decimals, text, and dates as text of ISO form, which may be partial.

        `ImportError` where pyarrow is not installed (the extra `arrow`).
        """
        from .arrow import table  # noqa: PLC0415  pyarrow is an extra

        return table(self)


def _blocks(stream: Stream, wide: dict[int, bytes]) -> Iterator[Bytes]:
    """
    Give the records as rows of 256 bytes, many at once, each time in the same memory.

    A record whose characters do not fit into bytes is put into *wide*, by its number.
    """
    rows = np.empty((_ROWS_AT_ONCE, RECORD_LENGTH), np.uint8)
    number = filled = 0
    for piece in stream.pieces(_are_alike):
        if isinstance(piece, Run):
            some = _rows(piece.data, piece.records)[:, :RECORD_LENGTH]
        elif piece.raw:
            inside, characters = stream.inside(number + 1, piece.offset, piece.raw)
            some = _rows(inside, 1)
            if characters is not None:
                wide[number + 1] = piece.raw
        else:
            continue
        if filled + len(some) > _ROWS_AT_ONCE:
            yield rows[:filled]
            filled = 0
        rows[filled : filled + len(some)] = some
        number += len(some)
        filled += len(some)
    yield rows[:filled]


def _by_row(records: npt.NDArray[np.int64], wide: Mapping[int, bytes]) -> dict[int, bytes]:
    """
    Return those of *wide* that are among *records*, by their place there.
    """
    if not wide:
        return {}
    rows = np.flatnonzero(np.isin(records, np.fromiter(wide, np.int64)))
    return dict(zip(rows.tolist(), map(wide.__getitem__, records[rows].tolist()), strict=True))


def _are_alike(data: memoryview, records: int, ending: bytes, starts: Container[bytes]) -> bool:
    """
    Do for `Pieces` what it does itself without numpy, several times as fast.
    """
    rows = _rows(data, records)
    inside = rows[:, :RECORD_LENGTH]
    first = np.unique(np.ascontiguousarray(rows[:, :4]).view(np.uint32))
    return (
        all((rows[:, RECORD_LENGTH + index] == byte).all() for index, byte in enumerate(ending))
        # The least bytes are found several times as fast as those of a line end, and settle it for most files.
        and (inside.min(axis=0).min() > _LAST_OF_LINE_ENDS or not any((inside == byte).any() for byte in b"\r\n"))
        and all(start.tobytes() in starts for start in first)
    )


def _rows(data: bytes | memoryview, count: int) -> Bytes:
    return np.frombuffer(data, dtype=np.uint8).reshape(count, -1)

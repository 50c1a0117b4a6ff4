"""CSV that a spreadsheet may open: no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes spreadsheets read a cell as something to be calculated."""


def csv_of(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """
    Return a table as CSV in UTF-8, with semicolons between its cells and a mark at its beginning by which German
    spreadsheets know the encoding.

    A text that would be taken for a formula has an apostrophe before it; numbers are what they are.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def _safe(cell: object) -> object:
    if isinstance(cell, (int, float)):
        return cell
    said = "" if cell is None else str(cell).replace("\0", "")
    return f"'{said}" if said.lstrip(" ").startswith(_FORMULA) else said

"""Turns a table of columns into one of Arrow; needs the extra `arrow`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from .column import MOST_DIGITS, Column
from .layouts import FieldKind


if TYPE_CHECKING:
    from .tables import Table


def table(source: Table) -> pa.Table:
    """
    Return a table for Arrow: amounts as decimals, all else as text; the records' numbers come first.

    Dates are text of ISO form, since their day or month may be unknown.
    """
    arrays = {key: _array(column) for key, column in source.items() if not column.field.unused}
    return pa.table({"record_no": pa.array(source.records)} | arrays)


def _array(column: Column) -> pa.Array:
    if column.field.kind is not FieldKind.DECIMAL:
        return pa.array(column.text(), type=pa.string())
    if column.field.length > MOST_DIGITS:
        amounts_as_decimals = [None if text is None else Decimal(text) for text in column.text()]
        return pa.array(amounts_as_decimals, type=pa.decimal256(column.field.length, column.decimals))
    amounts, present = column.decoded()
    # Arrow keeps a decimal as an integer of 128 bits, so that ours need their sign's bits only.
    wide = np.stack([amounts, amounts >> 63], axis=1)
    valid = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(MOST_DIGITS, column.decimals), len(amounts), [valid, pa.py_buffer(wide)])

"""One column of a table: the bytes of one field in many records, decoded by numpy when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from .encodings import Encoding
from .layouts import RECORD_LENGTH, Field, FieldKind
from .values import BLANK, GdvDate, decimal


Array = npt.NDArray[Any]
_BLANK, _ZERO, _MINUS = 0x20, 0x30, 0x2D
_TEN = 10
_WORD = 8
MOST_DIGITS = 18
"""Digits of the widest amount that fits into 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """
    A field of many records.

    `values` are, by the field's kind: text and digits as fixed-width bytes (dtype S) without the blanks around them,
    empty where absent; amounts as integers (int64; objects where a field has more than 18 digits) that count units of
    10 ** -`decimals`, their sign applied; dates
    as integers YYYYMMDD (int32) with 00 for an unknown day or month.  `present` says where there is a value: a number
    or date that is absent or unreadable is 0.
    """

    field: Field
    _blocks: Sequence[npt.NDArray[np.uint8]]
    """Rows of 256 bytes."""
    _encoding: Encoding

    def __len__(self) -> int:
        return sum(len(block) for block in self._blocks)

    @property
    def decimals(self) -> int:
        """
        Return how many of an amount's digits stand behind the point.
        """
        return self.field.decimals

    @property
    def values(self) -> Array:
        """
        Return the values, decoded anew each time.
        """
        return self.decoded()[0]

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """
        Return where there is a value.
        """
        return self.decoded()[1]

    def decoded(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        """
        Return `values` and `present` at once.
        """
        match self.field.kind:
            case FieldKind.TEXT:
                text = self._stripped()
                return text, _cells(text)[:, 0] != 0
            case FieldKind.DIGITS:
                text = self._stripped()
                readable = np.ones(len(text), np.bool_)
                if not (_cells(text) - np.uint8(_ZERO) < _TEN).all():
                    readable = np.strings.isdigit(text)
                    text = np.where(readable, text, np.bytes_(b""))
                return text, readable
            case FieldKind.DECIMAL:
                return self._amounts()
            case FieldKind.DATE:
                return self._dates()

    def dates(self) -> npt.NDArray[np.datetime64]:
        """
        Return dates as days, NaT where day or month are unknown or there is none.
        """
        packed, _ = self.decoded()
        year, month, day = packed // 10000, packed // 100 % 100, packed % 100
        whole = day > 0
        first = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1).astype("timedelta64[M]")
        days = first.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
        return np.where(whole, days, np.datetime64("NaT", "D"))

    def text(self) -> list[str | None]:
        """
        Return each record's value as text, None where absent: dates in ISO form, amounts with their point.
        """
        match self.field.kind:
            case FieldKind.DATE | FieldKind.DECIMAL:
                values, present = self.decoded()
                known: dict[int, str | None] = {}
                written = self._date_text if self.field.kind is FieldKind.DATE else self._amount_text
                return [
                    (known.get(value) or known.setdefault(value, written(value))) if there else None
                    for value, there in zip(values.tolist(), present.tolist(), strict=True)
                ]
            case _:
                texts: dict[bytes, str | None] = {b"": None}
                return [
                    texts[each] if each in texts else texts.setdefault(each, self._encoding.decode(each))
                    for each in self.values.tolist()
                ]

    def _date_text(self, packed: int) -> str:
        return str(GdvDate(packed // 10000, packed // 100 % 100 or None, packed % 100 or None))

    def _amount_text(self, units: int) -> str:
        return str(Decimal(f"{units}E-{self.decimals}"))

    def _cut(self, kind: str, start: int) -> Array:
        """
        Return what stands at one place of each row, as numpy's *kind*.
        """
        return np.concatenate(
            [np.ndarray((len(block),), kind, block, start, (RECORD_LENGTH,)) for block in self._blocks]
        )

    def _stripped(self) -> Array:
        """
        Return the field's bytes without the blanks around them; most columns need no look at each value for it.
        """
        text = self._cut(f"S{self.field.length}", self.field.place.start)
        cells = _cells(text)
        if self.field.length == 1:
            cells[cells == _BLANK] = 0
            return text
        if not len(text) or ((cells[0] == _BLANK).all() and (cells == _BLANK).all()):
            return np.zeros(len(text), dtype="S1")
        edges = cells[:, [0, -1]]
        return text if (edges > _BLANK).all() else np.strings.strip(text, BLANK)

    def _words(self) -> list[npt.NDArray[np.uint64]]:
        """
        Return the digits of each row in words of eight bytes, the first of them filled up with zeros.
        """
        stop, missing = self.field.place.stop, -self.field.length % _WORD
        words = [self._cut("<u8", place) for place in range(stop - self.field.length - missing, stop, _WORD)]
        if missing:
            others = np.uint64(2 ** (8 * missing) - 1)
            words[0] = words[0] & ~others | _EVERY[_ZERO] & others
        return words

    def _amounts(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        if self.field.length > MOST_DIGITS:
            return self._wide_amounts()
        amounts, readable = numbers(self._words(), self.field.length)
        rows = np.flatnonzero(~readable)
        if len(rows):
            # Blanks before the digits are rare enough to be read one by one.
            text = self._cut(f"S{self.field.length}", self.field.place.start)[rows]
            for data in np.unique(text).tolist():
                value = decimal(data, 0)
                if value is not None:
                    own = rows[text == data]
                    amounts[own], readable[own] = int(value), True
        if self.field.signed:
            np.negative(amounts, out=amounts, where=self._cut("u1", self.field.place.stop) == _MINUS)
        return amounts, readable

    def _wide_amounts(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        """
        Return amounts that 64 bits cannot hold; no layout gives these a sign.
        """
        found = [decimal(data, 0) for data in self._cut(f"S{self.field.length}", self.field.place.start).tolist()]
        amounts = np.array([int(each or 0) for each in found], dtype=object)
        return amounts, np.array([each is not None for each in found], dtype=np.bool_)

    def _dates(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        written, readable = numbers(self._words(), self.field.length)
        written = written.astype(np.uint32)
        year, month, day = written % 10000, written // 10000 % 100, written // 1000000
        readable &= (year > 0) & (month <= _MONTHS) & ((day == 0) | (month > 0))
        late = np.flatnonzero(readable & (day > _DAYS_OF_ALL_MONTHS))
        leap = (year[late] % 4 == 0) & ((year[late] % 100 != 0) | (year[late] % 400 == 0))
        readable[late] &= day[late] <= _LAST_DAYS[month[late]] + (leap & (month[late] == _FEBRUARY))
        packed = (year * 10000 + month * 100 + day).astype(np.int32)
        return np.where(readable, packed, np.int32(0)), readable


def _cells(text: Array) -> npt.NDArray[np.uint8]:
    """
    Return fixed-width text as rows of bytes.
    """
    return text.view(np.uint8).reshape(len(text), text.dtype.itemsize)


_MONTHS, _FEBRUARY, _DAYS_OF_ALL_MONTHS = 12, 2, 28
_LAST_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.uint32)


def numbers(words: Sequence[npt.NDArray[np.uint64]], width: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """
    Return the number that each row's words write, and where all *width* digits are; others are 0.

    Three multiplications join the digits of a word to pairs, fours and the whole.
    """
    rows = len(words[0])
    if width >= _WORD and (words[-1] == _EVERY[_BLANK]).all():
        return np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    result = np.zeros(rows, np.uint64)
    readable = np.ones(rows, np.bool_)
    for word in words:
        digits = word ^ _EVERY[_ZERO]
        readable &= ((digits + _EVERY[_BEYOND_NINE]) | digits) & _EVERY[_HIGH] == 0
        digits = digits * _PAIRS >> np.uint64(8)
        digits = (digits & np.uint64(0x00FF00FF00FF00FF)) * _FOURS >> np.uint64(16)
        digits = (digits & np.uint64(0x0000FFFF0000FFFF)) * _EIGHTS >> np.uint64(32)
        result = result * np.uint64(10**_WORD) + digits
    if not readable.all():
        result[~readable] = 0
    return result.view(np.int64), readable


_BEYOND_NINE, _HIGH = 0x76, 0x80
_EVERY = {
    byte: np.uint64(int.from_bytes(bytes([byte]) * _WORD, "little")) for byte in (_BLANK, _ZERO, _BEYOND_NINE, _HIGH)
}
"""A word of eight equal bytes."""
_PAIRS, _FOURS, _EIGHTS = np.uint64(10 * 2**8 + 1), np.uint64(100 * 2**16 + 1), np.uint64(10000 * 2**32 + 1)

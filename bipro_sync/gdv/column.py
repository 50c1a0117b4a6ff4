"""One column of a table: the bytes of one field in many records, decoded by numpy when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from .encodings import Encoding
from .layouts import RECORD_LENGTH, Field, FieldKind
from .rows import Rows
from .values import GdvDate, decimal
from .words import WORD, Words, dates, numbers, stripped


Array = npt.NDArray[Any]
_BLANK, _ZERO, _MINUS = 0x20, 0x30, 0x2D
_TEN = 10
_BLANKS = b"\0 "
"""The zero byte first, since numpy takes those at the end for none."""
MOST_DIGITS = 18
"""Digits of the widest amount that fits into 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """
    A field of many records.

    `values` are, by the field's kind: text and digits as fixed-width bytes (dtype S) without the blanks around them,
    empty where absent, and ? for a character that no byte inside stands for (`text` has it); amounts as integers
    (int64; objects where a field has more than 18 digits) that count units of 10 ** -`decimals`, their sign applied;
    dates as integers YYYYMMDD (int32) with 00 for an unknown day or month.  `present` says where there is a value: a
    number or date that is absent or unreadable is 0.
    """

    field: Field
    _rows: Rows
    _encoding: Encoding
    _wide: Mapping[int, bytes]
    """By their rows, the records whose characters are more than bytes can hold, as they came."""

    def __len__(self) -> int:
        return len(self._rows)

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
        place = self.field.place
        if len(self) > 1 and self._rows.are_equal(slice(place.start, place.stop + self.field.signed)):
            # Every third column of a portfolio has one value.
            value, present = Column(self.field, self._rows.first(), self._encoding, {}).decoded()
            return value.repeat(len(self)), present.repeat(len(self))
        match self.field.kind:
            case FieldKind.TEXT:
                text = self._stripped()
                return text, _cells(text)[:, 0] != 0
            case FieldKind.DIGITS:
                return self._digits()
            case FieldKind.DECIMAL:
                return self._amounts()
            case FieldKind.DATE:
                return dates(self._words(), self.field.length)

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
            case FieldKind.TEXT | FieldKind.DIGITS:
                texts: dict[bytes, str | None] = {b"": None}
                told = [
                    texts[each] if each in texts else texts.setdefault(each, self._encoding.decode(each))
                    for each in self.values.tolist()
                ]
                for row, raw in self._wide.items():
                    if told[row]:
                        told[row] = self._wide_text(raw)
                return told

    def _date_text(self, packed: int) -> str:
        return str(GdvDate(packed // 10000, packed // 100 % 100 or None, packed % 100 or None))

    def _amount_text(self, units: int) -> str:
        return str(Decimal(f"{units}E-{self.decimals}"))

    def _wide_text(self, raw: bytes) -> str | None:
        _, characters = self._encoding.inside(raw)
        return characters[self.field.place].strip(" \0") if characters else None

    def _stripped(self) -> Array:
        """
        Return the field's bytes without the blanks around them; most columns need no look at each value for it.
        """
        least, most = self._rows.least[self.field.place], self._rows.most[self.field.place]
        filled = np.flatnonzero((least != most) | ((most != _BLANK) & (most != 0)))
        if not len(filled):
            return np.zeros(len(self), dtype="S1")
        first, last = int(filled[0]), int(filled[-1])
        start, width = self.field.place.start + first, last + 1 - first
        is_tight = min(least[first], least[last]) > _BLANK
        if is_tight or width == 1 or least.min() < _BLANK or start + width + WORD > RECORD_LENGTH:
            text = self._rows.cut(f"S{width}", start)
            if width == 1:
                cells = _cells(text)
                cells *= cells != _BLANK
                return text
            return text if is_tight else np.strings.strip(text, _BLANKS)
        text = stripped(self._rows.words(start, width), width)
        # What is written further right in some records than in others is rare.
        later = np.flatnonzero(_cells(text)[:, 0] == _BLANK)
        text[later] = np.strings.strip(text[later], _BLANKS)
        return text

    def _digits(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        text = self._stripped()
        cells = _cells(text)
        least = self._rows.least[self.field.place].min()
        if least >= _ZERO and self._rows.most[self.field.place].max() < _ZERO + _TEN:
            return text, np.ones(len(text), np.bool_)
        if least >= _BLANK and ((cells - np.uint8(_ZERO) < _TEN) | (cells == 0)).all():
            # There was no zero byte in the file, so that those here are where blanks were stripped.
            return text, cells[:, 0] != 0
        readable = np.strings.isdigit(text)
        return np.where(readable, text, np.bytes_(b"")), readable

    def _amounts(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        if self.field.length > MOST_DIGITS:
            return self._wide_amounts()
        amounts, readable = numbers(self._words(), self.field.length)
        last = self._rows.cut("u1", self.field.place.stop - 1)
        rows = np.flatnonzero(~readable & (last - np.uint8(_ZERO) < _TEN))
        if len(rows):
            # Blanks before the digits are rare enough to be read one by one.  None stand behind them: numpy would drop
            # zero bytes there, and the amount be another.
            text = self._rows.cut(f"S{self.field.length}", self.field.place.start)[rows]
            for data in np.unique(text).tolist():
                value = decimal(data, 0)
                if value is not None:
                    own = rows[text == data]
                    amounts[own], readable[own] = int(value), True
        if self.field.signed:
            np.negative(amounts, out=amounts, where=self._rows.cut("u1", self.field.place.stop) == _MINUS)
        return amounts, readable

    def _wide_amounts(self) -> tuple[Array, npt.NDArray[np.bool_]]:
        """
        Return amounts that 64 bits cannot hold; no layout gives these a sign.
        """
        texts = self._rows.cut(f"V{self.field.length}", self.field.place.start).tolist()
        found = [decimal(data, 0) for data in texts]
        amounts = np.array([int(each or 0) for each in found], dtype=object)
        return amounts, np.array([each is not None for each in found], dtype=np.bool_)

    def _words(self) -> Words:
        """
        Return the words that end where the field ends.
        """
        whole = self.field.length + -self.field.length % WORD
        return self._rows.words(self.field.place.stop - whole, whole)


def _cells(text: Array) -> npt.NDArray[np.uint8]:
    """
    Return fixed-width text as rows of bytes.
    """
    return text.view(np.uint8).reshape(len(text), text.dtype.itemsize)

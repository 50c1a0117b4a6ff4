"""Turns a record's bytes into values: all fields of a part in one cut, each sort of field with a memory of its own.

Portfolios say the same few thousand things over and over; the memories are bounded, whatever the file says.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from operator import getitem

from .encodings import Encoding
from .layouts import Field, FieldKind, Part
from .values import BLANK, Value, decimal, digits, gdv_date


_MOST_REMEMBERED = 1 << 14
"""Values of one sort of field."""


class _Memory(dict[bytes, Value]):
    """
    What fields of one sort said before.
    """

    def __init__(self, read: Callable[[bytes], Value]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, data: bytes) -> Value:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        value = self[data] = self._read(data)
        return value


class Decoder:
    """
    Decodes the records of one file.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._decode = encoding.decode
        self._texts = _Memory(self._text)
        self._digits = _Memory(digits)
        self._dates = _Memory(gdv_date)
        self._decimals: dict[int, _Memory] = {}
        self._parts: dict[Part, Callable[[bytes], dict[str, Value]]] = {}

    def values(self, part: Part, record: bytes) -> dict[str, Value]:
        """
        Return every field's value in the part's order, without unused columns that are blank.
        """
        try:
            read = self._parts[part]
        except KeyError:
            read = self._parts[part] = self._compiled(part)
        return read(record)

    def value(self, field: Field, record: bytes) -> Value:
        """
        Return one field's value.
        """
        found = self._memory(field)[record[field.place]]
        if field.signed and found and record[field.place.stop : field.place.stop + 1] == b"-":
            return -found  # type: ignore[operator]  # only amounts are signed
        return found

    def text(self, data: bytes) -> str:
        """
        Return the text of a record's bytes, blanks and all.
        """
        return self._decode(data)

    def _text(self, data: bytes) -> str | None:
        return self._decode(data.strip(BLANK)) or None

    def _memory(self, field: Field) -> _Memory:
        match field.kind:
            case FieldKind.TEXT:
                return self._texts
            case FieldKind.DIGITS:
                return self._digits
            case FieldKind.DATE:
                return self._dates
            case FieldKind.DECIMAL:
                decimals = field.decimals
                return self._decimals.setdefault(decimals, _Memory(lambda data: decimal(data, decimals)))

    def _compiled(self, part: Part) -> Callable[[bytes], dict[str, Value]]:
        """
        Return a function that reads all fields of *part*; a record is decoded in a handful of calls.
        """
        cut = struct.Struct("".join(f"{field.length}s" for field in part.fields)).unpack
        keys = [field.key for field in part.fields]
        memories = [self._memory(field) for field in part.fields]
        unused = [field.key for field in part.fields if field.unused]
        signed = [(field.key, field.number) for field in part.fields if field.signed]

        def read(record: bytes) -> dict[str, Value]:
            pieces = cut(record)
            values = dict(zip(keys, map(getitem, memories, pieces), strict=True))
            for key, sign in signed:
                if pieces[sign] == b"-" and (amount := values[key]):
                    values[key] = -amount  # type: ignore[operator]  # only amounts are signed
            for key in unused:
                if values[key] is None:
                    del values[key]
            return values

        return read

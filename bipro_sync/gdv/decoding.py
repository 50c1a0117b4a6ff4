"""Turns a record's bytes into values: all fields of a part in one cut, each sort of field with a memory of its own.

Portfolios say the same few thousand things over and over; the memories are bounded, whatever the file says.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby, pairwise
from operator import getitem

from .encodings import Encoding
from .layouts import RECORD_LENGTH, Field, FieldKind, Part
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
        self.parts = _Parts(self._memory)

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
                if field.decimals not in self._decimals:
                    self._decimals[field.decimals] = _Memory(partial(decimal, decimals=field.decimals))
                return self._decimals[field.decimals]


class _Parts(dict[Part, Callable[[bytes], dict[str, Value]]]):
    """
    For each part, what returns every field's value in its order, without unused columns that are blank.
    """

    def __init__(self, memory: Callable[[Field], _Memory]) -> None:
        super().__init__()
        self._memory = memory

    def __missing__(self, part: Part) -> Callable[[bytes], dict[str, Value]]:
        values = self[part] = _PartDecoder(part, self._memory).values
        return values


class _PartDecoder:
    """
    Decodes the records of one part.

    Senders leave most columns blank in all their records: fields that none has filled so far are passed over by one
    comparison for each stretch of them.
    """

    def __init__(self, part: Part, memory: Callable[[Field], _Memory]) -> None:
        self._part = part
        self._memory = memory
        self._filled: set[int] = set()
        self._compile()

    def values(self, record: bytes) -> dict[str, Value]:
        for place, blank in self._passed:
            if record[place] != blank:
                self._learn(record)
                break
        # Filling a copy is faster than letting a dictionary grow.
        values, pieces = self._empty.copy(), self._cut(record)
        values.update(zip(self._keys, map(getitem, self._memories, pieces), strict=True))
        for key, sign in self._signs:
            if pieces[sign] == b"-" and (amount := values[key]):
                values[key] = -amount
        for key in self._unused:
            if values[key] is None:
                del values[key]
        return values

    def _learn(self, record: bytes) -> None:
        self._filled |= {field.number for field in self._part.fields if record[field.place].strip(b" ")}
        self._compile()

    def _compile(self) -> None:
        stretches = [
            (filled, list(fields))
            for filled, fields in groupby(self._part.fields, lambda each: each.number in self._filled)
        ]
        passed = [fields for filled, fields in stretches if not filled and (len(fields) > 1 or fields[0].unused)]
        over = {field.number for fields in passed for field in fields}
        cut = [field for field in self._part.fields if field.number not in over]
        places = [slice(fields[0].place.start, fields[-1].place.stop) for fields in passed]
        self._passed = [(place, b" " * (place.stop - place.start)) for place in places]
        self._cut = struct.Struct(_cutting(cut)).unpack
        self._memories = [self._memory(field) for field in cut]
        self._keys = [field.key for field in cut]
        self._signs = [
            (field.key, index)
            for index, (field, behind) in enumerate(pairwise(cut), 1)
            if field.signed and behind.is_sign
        ]
        self._unused = [field.key for field in cut if field.unused]
        told = (field.key for field in self._part.fields if field.number not in over or not field.unused)
        self._empty = dict[str, Value].fromkeys(told)


def _cutting(fields: Iterable[Field]) -> str:
    """
    Return what tells `struct` to cut these fields out of a record, and to skip what lies between them.
    """
    cuts, place = [], 1
    for field in fields:
        cuts.append(f"{field.start - place}x{field.length}s")
        place = field.start + field.length
    return "".join(cuts) + f"{RECORD_LENGTH + 1 - place}x"

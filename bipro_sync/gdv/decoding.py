"""Turns a record's bytes into values: a part's fields are cut out together, and looked up in what was said before.

Portfolios say the same few thousand things over and over; the memories are bounded, whatever the file says.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from operator import getitem

from .encodings import Encoding
from .layouts import RECORD_LENGTH, Field, FieldKind, Part
from .values import BLANK, Value, decimal, digits, gdv_date


_MOST_REMEMBERED = 1 << 14
"""Values of one sort of field."""
_MOST_TOGETHER = 32
"""Different things that a stretch of fields may say; 16 to 64 are about as fast, with more it learns too long."""


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


class _Together(dict[bytes, dict[str, Value]]):
    """
    What fields beside each other said together before; *halve* is called when that is too much.
    """

    def __init__(self, read: Callable[[bytes], dict[str, Value]], halve: Callable[[], None]) -> None:
        super().__init__()
        self._read = read
        self._halve = halve

    def __missing__(self, data: bytes) -> dict[str, Value]:
        told = self[data] = self._read(data)
        if len(self) > _MOST_TOGETHER:
            self._halve()
        return told


class _PartDecoder:
    """
    Decodes the records of one part.

    Many fields say one of a few things, or are blank in all records.  Those beside each other are looked up together
    as long as they say few different things together; a stretch that says more is halved, down to single fields.
    A portfolio's records take ten looks so, where they have 33 fields, and a sixth less time.
    """

    def __init__(self, part: Part, memory: Callable[[Field], _Memory]) -> None:
        self._memory = memory
        self._order = tuple(part.by_key)
        # Filling a copy is faster than letting a dictionary grow.
        self._empty = dict[str, Value].fromkeys(field.key for field in part.fields if not field.unused)
        self._signs = [
            (field.key, behind.key) for field, behind in pairwise(part.fields) if field.signed and behind.is_sign
        ]
        self._stretches: dict[tuple[Field, ...], _Together] = {}
        self._alone: list[Field] = []
        self._add(part.fields)
        self._compile()

    def values(self, record: bytes) -> dict[str, Value]:
        values = self._empty.copy()
        for told in map(getitem, self._together, self._cut_together(record)):
            values.update(told)
        for key, value in zip(self._keys, map(getitem, self._memories, self._cut_alone(record)), strict=True):
            values[key] = value
        for key, sign in self._signs:
            if values[sign] == "-" and (amount := values[key]):
                values[key] = -amount
        return values if len(values) == len(self._empty) else self._in_order(values)

    def _in_order(self, values: dict[str, Value]) -> dict[str, Value]:
        """
        Put unused columns, which came last, into their places, and leave them out where they are blank.
        """
        return {key: values[key] for key in self._order if key in self._empty or values.get(key) is not None}

    def _add(self, fields: tuple[Field, ...]) -> None:
        if len(fields) == 1:
            self._alone += fields
        else:
            self._stretches[fields] = _Together(partial(self._told, fields), partial(self._halve, fields))

    def _halve(self, fields: tuple[Field, ...]) -> None:
        del self._stretches[fields]
        middle = len(fields) // 2
        self._add(fields[:middle])
        self._add(fields[middle:])
        self._compile()

    def _told(self, fields: tuple[Field, ...], data: bytes) -> dict[str, Value]:
        """
        Return what those of these fields say that are filled.
        """
        start = fields[0].place.start
        told: dict[str, Value] = {}
        for field in fields:
            value = self._memory(field)[data[field.place.start - start : field.place.stop - start]]
            if value is not None:
                told[field.key] = value
        return told

    def _compile(self) -> None:
        stretches = sorted(self._stretches, key=lambda each: each[0].start)
        self._together = [self._stretches[each] for each in stretches]
        self._cut_together = _cutting((each[0].start, each[-1].place.stop) for each in stretches)
        alone = sorted(self._alone, key=lambda each: each.start)
        self._keys = [each.key for each in alone]
        self._memories = [self._memory(each) for each in alone]
        self._cut_alone = _cutting((each.start, each.place.stop) for each in alone)


def _cutting(places: Iterable[tuple[int, int]]) -> Callable[[bytes], tuple[bytes, ...]]:
    """
    Return what cuts these places, each from a start that counts from 1 to its end, out of a record.
    """
    cuts, place = [], 0
    for start, stop in places:
        cuts.append(f"{start - 1 - place}x{stop - start + 1}s")
        place = stop
    return struct.Struct("".join(cuts) + f"{RECORD_LENGTH - place}x").unpack

"""Looks up what stretches of a part's fields said before, so that most of a record is never read field by field.

Portfolios say the same few thousand things over and over; the memories are bounded, whatever the file says.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import partial
from operator import getitem
from typing import Generic, TypeAlias, TypeVar

from .layouts import RECORD_LENGTH, Field


Said = TypeVar("Said")
Fields: TypeAlias = tuple[Field, ...]

_MOST_REMEMBERED = 1 << 14
"""Different things of one sort of field."""
_MOST_TOGETHER = 32
"""Different things that a stretch of fields may say; 16 to 64 are about as fast, with more it learns too long."""


class Memory(dict[bytes, Said]):
    """
    What was read before, by its bytes; at *most* so much, or else *full* is called.
    """

    def __init__(
        self, read: Callable[[bytes], Said], full: Callable[[], None] | None = None, most: int = _MOST_REMEMBERED
    ) -> None:
        super().__init__()
        self._read = read
        self._full = full or self.clear
        self._most = most

    def __missing__(self, data: bytes) -> Said:
        if len(self) >= self._most:
            self._full()
        said = self[data] = self._read(data)
        return said


class Memories(Generic[Said]):
    """
    One memory for each sort of field, of what *read* makes of a field and its bytes; an amount's sign is among them.
    """

    def __init__(self, read: Callable[[Field, bytes], Said | None]) -> None:
        self._read = read
        self._by_sort: dict[object, Memory[Said | None]] = {}

    def of(self, field: Field) -> Memory[Said | None]:
        """
        Return the memory of a field's sort.
        """
        sort = (field.kind, field.decimals, field.signed, field.unused)
        if sort not in self._by_sort:
            self._by_sort[sort] = Memory(partial(self._read, field))
        return self._by_sort[sort]


class Stretches(Generic[Said]):
    """
    Reads fields of one part's records.

    Many fields say one of a few things, or are blank in all records.  Those beside each other are looked up together
    as long as they say few different things together; a stretch that says more is halved, down to single fields.
    A portfolio's records take ten looks so, where they have 33 fields.
    """

    def __init__(self, fields: Fields, memories: Memories[Said]) -> None:
        self._memories = {field.key: memories.of(field) for field in fields}
        self._together: dict[Fields, Memory[dict[str, Said]]] = {}
        self._alone: list[Field] = []
        self._add(fields)
        self._compile()

    def fill(self, values: dict[str, Said | None], record: bytes) -> None:
        """
        Put what the record's filled fields say into *values*, by short name, and None of some that say nothing.
        """
        for said in map(getitem, self._looks_together, self._cut_together(record)):
            if said:
                values.update(said)
        values.update(zip(self._keys, map(getitem, self._looks_alone, self._cut_alone(record)), strict=True))

    def _add(self, fields: Fields) -> None:
        if len(fields) == 1:
            self._alone += fields
        elif _is_amount_and_sign(fields):
            self._together[fields] = Memory(partial(self._said, fields))
        else:
            self._together[fields] = Memory(partial(self._said, fields), partial(self._halve, fields), _MOST_TOGETHER)

    def _halve(self, fields: Fields) -> None:
        del self._together[fields]
        middle = len(fields) // 2
        middle += _is_amount_and_sign(fields[middle - 1 : middle + 1])
        self._add(fields[:middle])
        self._add(fields[middle:])
        self._compile()

    def _said(self, fields: Fields, data: bytes) -> dict[str, Said]:
        """
        Return what those of these fields say that are filled.
        """
        start = fields[0].place.start
        said: dict[str, Said] = {}
        for field in fields:
            value = self._memories[field.key][data[field.place.start - start : _stop(field) - start]]
            if value is not None:
                said[field.key] = value
        return said

    def _compile(self) -> None:
        together = sorted(self._together, key=lambda fields: fields[0].start)
        self._looks_together = [self._together[fields] for fields in together]
        self._cut_together = _cutting((fields[0].place.start, _stop(fields[-1])) for fields in together)
        alone = sorted(self._alone, key=lambda field: field.start)
        self._keys = [field.key for field in alone]
        self._looks_alone = [self._memories[field.key] for field in alone]
        self._cut_alone = _cutting((field.place.start, _stop(field)) for field in alone)


def _is_amount_and_sign(fields: Fields) -> bool:
    return [(field.signed, field.is_sign) for field in fields] == [(True, False), (False, True)]


def _stop(field: Field) -> int:
    """
    Return where a field ends, with its sign.
    """
    return field.start - 1 + field.length + field.signed


def _cutting(places: Iterable[tuple[int, int]]) -> Callable[[bytes], tuple[bytes, ...]]:
    """
    Return what cuts these places, each from a start to a stop, out of a record.
    """
    cuts, place = [], 0
    for start, stop in places:
        cuts.append(f"{start - place}x{stop - start}s")
        place = stop
    return struct.Struct("".join(cuts) + f"{RECORD_LENGTH - place}x").unpack

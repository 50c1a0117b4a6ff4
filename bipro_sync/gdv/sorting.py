"""Sorts rows of records by the part they follow, in one pass over the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .choosing import Choice, choice_of
from .former import Versions, former_parts, versions_of
from .layouts import Part, part
from .rows import Rows


_Bytes = npt.NDArray[np.uint8]
_Numbers = npt.NDArray[np.int64]
_LINE = slice(10, 14)
"""Where the line stands, and one byte behind it."""
_ROOM = 1 << 18
"""Rows that memory is asked for at once."""


class Sorter:
    """
    The rows met so far, by part; `unknown` counts those without.
    """

    def __init__(self) -> None:
        self.unknown = 0
        self._seen = 0
        self._versions = Versions()
        self._header = part("0001", 1)
        self._found: dict[Part, tuple[list[_Numbers], Rows]] = {}
        self._room: _Bytes = np.empty((0, 0), np.uint8)

    def add(self, rows: _Bytes) -> None:
        """
        Sort more of the file.
        """
        numbers = np.arange(self._seen + 1, self._seen + 1 + len(rows), dtype=np.int64)
        self._seen += len(rows)
        sorts: dict[Part | None, list[_Numbers]] = {}
        for choice, own in _groups(rows):
            for each, where in _by_part(choice, rows, own):
                sorts.setdefault(each, []).append(where)
        chosen = {
            each: wheres[0] if len(wheres) == 1 else np.sort(np.concatenate(wheres)) for each, wheres in sorts.items()
        }
        headers = chosen.get(self._header, np.empty(0, np.int64))
        self.unknown += len(chosen.get(None, ()))
        self._keep(list(self._in_forms(chosen, headers, rows)), rows, numbers)
        if len(headers):
            self._versions = versions_of(rows[headers[-1]].tobytes())

    def _in_forms(
        self, chosen: Mapping[Part | None, _Numbers], headers: _Numbers, rows: _Bytes
    ) -> Iterator[tuple[Part, _Numbers]]:
        """
        Give the rows of each part by the form that it has in their own packet.
        """
        starts = [(0, self._versions), *((place, versions_of(rows[place].tobytes())) for place in headers)]
        ends = [*headers, len(rows)]
        for (start, versions), end in zip(starts, ends, strict=True):
            former = former_parts(versions)
            for each, where in chosen.items():
                own = where[(where >= start) & (where < end)] if len(starts) > 1 else where
                if each is not None and len(own):
                    yield former.get(each, each), own

    def _keep(self, kept: Sequence[tuple[Part, _Numbers]], rows: _Bytes, numbers: _Numbers) -> None:
        """
        Put rows to those of their part.  They are copied into one large piece of memory, which the system gives faster.
        """
        if len(self._room) < len(rows):
            self._room = np.empty((max(_ROOM, len(rows)), rows.shape[1]), np.uint8)
        for each, where in kept:
            some_numbers, some_rows = self._found.setdefault(each, ([], Rows()))
            some_numbers.append(numbers[where])
            copies, self._room = self._room[: len(where)], self._room[len(where) :]
            # In the other modes numpy would copy twice.
            some_rows.add(np.take(rows, where, axis=0, out=copies, mode="clip"))

    def tables(self) -> Iterator[tuple[Part, _Numbers, Rows]]:
        """
        Give each part with its records' numbers and their rows; forget them.
        """
        for each in sorted(self._found, key=lambda part: (part.layout, part.number)):
            some_numbers, some_rows = self._found.pop(each)
            yield each, np.concatenate(some_numbers), some_rows


def _groups(rows: _Bytes) -> Iterator[tuple[Choice | None, _Numbers]]:
    """
    Give the rows of each record type and line with the choice among their parts.
    """
    starts = rows[:, :4].copy().view("<u4").ravel().astype(np.uint64) << np.uint64(32)
    starts |= rows[:, _LINE].copy().view("<u4").ravel() & np.uint32(0x00FFFFFF)
    for own in _together(starts, np.arange(len(rows))):
        first = rows[own[0]].tobytes()
        yield choice_of(first), own


def _by_part(choice: Choice | None, rows: _Bytes, own: _Numbers) -> Iterator[tuple[Part | None, _Numbers]]:
    if choice is None:
        yield None, own
        return
    for some in _alike(rows, own, list(choice.places)):
        first = rows[some[0]].tobytes()
        if choice.is_certain(first):
            yield choice.part(first), some
        else:
            for one in some:
                yield choice.part(rows[one].tobytes()), one[np.newaxis]


def _alike(rows: _Bytes, own: _Numbers, places: list[int]) -> Iterator[_Numbers]:
    """
    Give those of *own* together whose bytes at *places*, of which there are at most eight, are equal.
    """
    packed = np.zeros((len(own), 8), dtype=np.uint8)
    for index, place in enumerate(places):
        packed[:, index] = rows[:, place][own]
    yield from _together(packed.view("<u8").ravel(), own)


def _together(keys: npt.NDArray[np.uint64], own: _Numbers) -> Iterator[_Numbers]:
    """
    Give those of *own* together whose keys are equal.
    """
    if (keys == keys[:1]).all():
        yield from (own for _ in keys[:1])
        return
    order = np.argsort(keys, kind="stable")
    steps = np.flatnonzero(np.diff(keys[order])) + 1
    yield from (own[some] for some in np.split(order, steps) if len(some))

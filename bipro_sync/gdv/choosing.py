"""Which part of which layout a record follows: by record type, line, the risk's own marks and the part's number.

Each part has its number at a place of its own, not in column 256; blank or 0 means the first part.  What no layout
describes has no part, so that it is kept and never misread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from .former import Versions, former_parts
from .layouts import Field, Part, parts
from .record_types import layout_lines
from .values import is_readable


_LINE_PLACE = slice(10, 13)
_MOST_REMEMBERED = 4096
"""Sorts of records a choice is remembered for, of one layout; random bytes have more than any file."""
_NUMBER_KEY = "SatzNr"
_REPEATED_KEYS = ("SatzNrnwiederholung", "SatzNr38", "SatzNr40", "ZusaetzlicheSatzkennung")
_ALSO = {
    ("Wagnisart", "1"): "3",
    ("Wagnisart", "4"): "8",
    ("Wagnisart", "0"): " ",
    ("Art", "1"): "0 ",
    ("FolgeNr", "1"): "0 ",
}
"""What else a mark may say beside the layout's constant."""


def part_of(record: bytes, versions: Versions | None = None) -> Part | None:
    """
    Return the part that a record of 256 bytes follows, or None where no layout describes it.

    *versions* are those of its packet's header; without them the newest layouts apply.
    """
    return chooser(versions or Versions())(record)


@cache
def chooser(versions: Versions) -> Callable[[bytes], Part | None]:
    """
    Return `part_of` for the records of one packet.
    """
    by_start: dict[bytes, Callable[[bytes], Part | None]] = {}
    former = former_parts(versions)

    def choose(record: bytes) -> Part | None:
        # Insurer and bundle stand between type and line: few in a file, and one cut is faster than two.
        start = record[: _LINE_PLACE.stop]
        part = by_start.get(start)
        if part is None:
            choice = choice_of(record)
            part = choice.part if choice else _no_part
            if len(by_start) < _MOST_REMEMBERED:
                by_start[start] = part
        return part(record)

    def choose_former(record: bytes) -> Part | None:
        part = choose(record)
        return former.get(part, part) if part else None

    return choose_former if former else choose


def choice_of(record: bytes) -> Choice | None:
    """
    Return the choice among the parts for the record type and line that *record* names, or None where there is none.
    """
    record_type, line = record[:4].decode("latin-1"), record[_LINE_PLACE].decode("latin-1")
    choices = _choices()
    return choices.get((record_type, "")) or choices.get((record_type, _layout_line(record_type, line)))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """
    A part with what tells it: marks that must fit, the place of its number, and where the number is repeated.

    *place* is None for the parts that have no number.
    """

    part: Part
    marks: tuple[tuple[int, bytes], ...]
    place: int | None
    number: int
    repeated: tuple[tuple[int, int], ...]

    def fits(self, record: bytes) -> bool:
        return all(record[place] in accepted for place, accepted in self.marks)

    def has_its_number(self, record: bytes) -> bool:
        return self.place is None or record[self.place] == self.number

    def is_unnumbered(self, record: bytes) -> bool:
        return self.place is not None and record[self.place] not in b"123456789"

    def doubt(self, record: bytes) -> tuple[int, int]:
        """
        Return how badly the record reads as this part, and how little its repeated number speaks for it.
        """
        repeated = [record[place] == value for place, value in self.repeated]
        blank = sum(record[place] in b" \0" for place, _ in self.repeated)
        unreadable = sum(not is_readable(field, record[field.place]) for field in self.part.fields)
        return unreadable + len(repeated) - sum(repeated) - blank, -sum(repeated)


class Choice:
    """
    The choice among the parts of one record type and line; *places* are those of the bytes that it depends on.
    """

    def __init__(self, candidates: Sequence[_Candidate]) -> None:
        self._candidates = candidates
        places = {place for each in candidates for place, _ in each.marks}
        places |= {each.place for each in candidates if each.place is not None}
        self.places = tuple(sorted(places))
        # An itemgetter of at least two places gives a tuple, whatever the layout.
        self._key = itemgetter(*self.places, 0, 0)
        self._remembered: dict[Any, Part | None] = {}

    def part(self, record: bytes) -> Part | None:
        """
        Return the part that *record* follows, in its newest form.
        """
        key = self._key(record)
        try:
            return self._remembered[key]
        except KeyError:
            return self._choose(key, record)

    def is_certain(self, record: bytes) -> bool:
        """
        Say whether the bytes at *places* decide alone.
        """
        return len(self._numbered(record)) <= 1

    def _numbered(self, record: bytes) -> list[_Candidate]:
        return [each for each in self._candidates if each.fits(record) and each.has_its_number(record)]

    def _choose(self, key: Any, record: bytes) -> Part | None:
        numbered = self._numbered(record)
        if len(numbered) > 1:
            return min(numbered, key=lambda each: each.doubt(record)).part
        if not numbered:
            fitting = [each for each in self._candidates if each.fits(record)]
            first = min(fitting, key=lambda each: each.part.number, default=None)
            numbered = [first] if first and first.is_unnumbered(record) else []
        chosen = numbered[0].part if numbered else None
        if len(self._remembered) < _MOST_REMEMBERED:
            self._remembered[key] = chosen
        return chosen


def _no_part(record: bytes) -> None:  # noqa: ARG001 it stands for a choice
    return None


def _layout_line(record_type: str, line: str) -> str:
    name = layout_lines().get(line, line)
    # The risks of a vehicle have lines of their own; only its other records share one layout.
    return line if name == "050" and record_type not in {"0210", "0211", "0212"} else name


@cache
def _choices() -> dict[tuple[str, str], Choice]:
    found: dict[tuple[str, str], list[_Candidate]] = {}
    for part in parts():
        found.setdefault((part.record_type, part.line), []).append(_candidate(part))
    return {sort: Choice(candidates) for sort, candidates in found.items()}


def _candidate(part: Part) -> _Candidate:
    constants = [each for each in part.fields[5:] if each.constant and not each.is_sign]
    number = next((each for each in constants if each.key == _NUMBER_KEY), None)
    repeated = [each for each in constants if each.key in _REPEATED_KEYS]
    marks = [each for each in constants if each is not number and each not in repeated]
    return _Candidate(
        part,
        tuple((each.start - 1, _accepted(each)) for each in marks if each.start > _LINE_PLACE.stop),
        number.start - 1 if number else None,
        ord(number.constant) if number else 0,
        tuple((each.start - 1, ord(each.constant)) for each in repeated),
    )


def _accepted(mark: Field) -> bytes:
    key = "FolgeNr" if mark.key.startswith("FolgeNrZur") else mark.key
    return (mark.constant + _ALSO.get((key, mark.constant), "")).encode()

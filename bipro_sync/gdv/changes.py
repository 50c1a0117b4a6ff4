"""What changed between two deliveries of the same thing, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from .entities import ADDRESSING, Content, Fields
from .layouts import Field, part
from .noise import is_spelling


@dataclass(frozen=True, slots=True)
class Change:
    """
    One field of one record: *place* as in an entity's content, *field* a short name; an absent value is None.

    *is_noise* says that it was only written differently.
    """

    place: str
    field: str
    old: str | None
    new: str | None
    is_noise: bool


def changes(old: Content, new: Content) -> Iterator[Change]:
    """
    Yield the fields that differ, in the order of places and fields.

    Where several records share a place, those that stayed the same are set aside before the rest is compared.
    """
    for place in sorted(old.keys() | new.keys()):
        before, after = old.get(place, []), new.get(place, [])
        if before == after:
            continue
        for one, other in zip_longest(_without(before, after), _without(after, before), fillvalue=_NOTHING):
            yield from _changes(place, one, other)


_NOTHING: Fields = {}


def _without(records: list[Fields], others: list[Fields]) -> list[Fields]:
    left = Counter(frozenset(each.items()) for each in others)
    found = []
    for each in records:
        said = frozenset(each.items())
        if left[said]:
            left[said] -= 1
        else:
            found.append(each)
    return found


def _changes(place: str, old: Fields, new: Fields) -> Iterator[Change]:
    fields = _fields(place.partition(":")[0])
    for key in [key for key in fields if key in old or key in new] or sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before != after:
            yield Change(place, key, before, after, is_spelling(fields.get(key), before, after))


@cache
def _fields(name: str) -> dict[str, Field]:
    """
    Return the fields of a layout's part by short name; none for what no layout describes.
    """
    layout, _, number = ("0200/1" if name == ADDRESSING else name).partition("/")
    return part(layout, int(number)).by_key if number else {}

"""Tell where the fields of an element stand, once for each shape: a list has the same shape ten thousand times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

import msgspec

from ...model.shipment import Field
from . import namespaces as ns


Outline: TypeAlias = tuple[tuple[str, ...], tuple[int, ...], tuple[tuple[int, tuple[str, ...]], ...], str]
"""
All that the places of fields depend on: of an element and all below it, in document order, the tags, how many children
each has, and the attributes of those that have any, by their number in that order; and the name to leave out.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """
    Where the fields of an element stand, in document order: *paths* and *namespaces* as in :class:`Field`, *sources*
    the number of the node that each is read from, and the attribute's name, or None for its text.
    """

    sources: tuple[tuple[int, str | None], ...]
    paths: tuple[str, ...]
    namespaces: tuple[str, ...]


_MOST_NODES = 50
_MOST_LETTERS = 4000
"""What an element may have whose shape is remembered from one envelope to the next: an insurer's answers are alike."""


class Shapes(dict[Outline, Shape]):
    """
    The shapes met so far in one envelope.
    """

    def __missing__(self, outline: Outline) -> Shape:
        shape = self[outline] = _small_shape(outline) if _is_small(outline) else _shape(outline)
        return shape


def _is_small(outline: Outline) -> bool:
    tags, _, attributes, _ = outline
    names = chain(tags, *(names for _, names in attributes))
    return len(tags) <= _MOST_NODES and sum(map(len, names)) <= _MOST_LETTERS


def _shape(outline: Outline) -> Shape:
    places = tuple(_places(outline))
    return Shape(
        tuple((place.node, place.attribute) for place in places),
        tuple(place.path for place in places),
        tuple(place.namespace for place in places),
    )


_small_shape = lru_cache(maxsize=64)(_shape)


class Record(msgspec.Struct, frozen=True, gc=False):
    """
    What an element says: the *values* of its fields, and their *shape*.
    """

    shape: Shape
    values: list[str]

    @property
    def fields(self) -> tuple[Field, ...]:
        """
        The fields themselves.
        """
        return tuple(map(Field, self.shape.paths, self.values, self.shape.namespaces))


@lru_cache(maxsize=1024)
def split(tag: str) -> tuple[str, str]:
    """
    Return namespace and local name of a tag or attribute as lxml spells it.
    """
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name


class _Place(NamedTuple):
    node: int
    attribute: str | None
    path: str
    namespace: str


@dataclass(slots=True)
class _Open:
    """
    An element whose children are being looked at: *left* are still to come, *told* says whether they have fields.
    """

    name: str
    path: str
    left: int
    told: bool
    seen: Counter[str] = field(default_factory=Counter)

    def below(self, name: str) -> str:
        """
        Return the path of the next child of this name; from the second on it carries its number.
        """
        self.seen[name] += 1
        step = f"{name}[{self.seen[name]}]" if self.seen[name] > 1 else name
        return f"{self.path}/{step}" if self.path else step


def is_file(name: str, around: str) -> bool:
    """
    Tell by local names whether an element holds a file's bytes, which are no field: `Daten` in a `Datei`.
    """
    return name == "Daten" and around == "Datei"


def _places(outline: Outline) -> Iterator[_Place]:
    tags, counts, of_nodes, leave_out = outline
    attributes = dict(of_nodes)
    root = _Open(split(tags[0])[1], "", counts[0], told=True)
    yield from _of_attributes(0, "", attributes)
    around = [root]
    for node, (tag, children) in islice(enumerate(zip(tags, counts, strict=True)), 1, None):
        while not around[-1].left:
            around.pop()
        parent = around[-1]
        parent.left -= 1
        namespace, name = split(tag)
        left_out = parent is root and name == leave_out and namespace.startswith(ns.BIPRO)
        inner = _Open(name, "", children, told=parent.told and not left_out)
        if inner.told:
            inner.path = parent.below(name)
            inner.told = not is_file(name, parent.name)
            if inner.told and not children:
                yield _Place(node, None, inner.path, namespace)
            yield from _of_attributes(node, inner.path, attributes)
        around.append(inner)


def _of_attributes(node: int, path: str, attributes: Mapping[int, tuple[str, ...]]) -> Iterator[_Place]:
    for attribute in attributes.get(node, ()):
        namespace, name = split(attribute)
        yield _Place(node, attribute, f"{path}/@{name}" if path else f"@{name}", namespace)

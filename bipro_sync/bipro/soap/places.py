"""Name the places in an envelope's tree as fields do, each only once: a list has the same places ten thousand times."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from ...model.shipment import Field
from . import namespaces as ns


class Place:
    """
    Where an element stands: *path* from the enclosing object down, empty for that itself, and its two names.

    *below* gives the place of a child by its tag, *leaf* the field of a leaf that stands here by its text.
    """

    __slots__ = ("_again", "below", "leaf", "name", "namespace", "of_bipro", "path")

    def __init__(self, path: str = "", name: str = "", namespace: str = "") -> None:
        self.path = path
        self.name = name
        self.namespace = namespace
        self.of_bipro = namespace.startswith(ns.BIPRO)
        self.below = _Below(self)
        self.leaf = _Leaf(self)
        self._again: dict[int, Place] = {}

    def again(self, number: int) -> Place:
        """
        Return the place of the same element's *number*-th repetition.
        """
        if number not in self._again:
            self._again[number] = Place(f"{self.path}[{number}]", self.name, self.namespace)
        return self._again[number]

    def attributes(self, node: etree._Element) -> Iterator[Field]:
        """
        Give the fields of the attributes of *node*, which stands here.
        """
        for attribute, value in node.items():
            namespace, name = split(str(attribute))
            yield Field(f"{self.path}/@{name}" if self.path else f"@{name}", str(value), namespace)


class _Below(dict[str, Place]):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, tag: str) -> Place:
        namespace, name = split(tag)
        path = f"{self._place.path}/{name}" if self._place.path else name
        place = self[tag] = Place(path, name, namespace)
        return place


class _Leaf(dict[str | None, Field]):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, text: str | None) -> Field:
        field = self[text] = Field(self._place.path, text or "", self._place.namespace)
        return field


@lru_cache(maxsize=1024)
def split(tag: str) -> tuple[str, str]:
    """
    Return namespace and local name of a tag or attribute as lxml spells it.
    """
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name

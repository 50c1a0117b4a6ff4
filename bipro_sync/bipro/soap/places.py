"""Name the places in an envelope's tree as fields do, each only once: a list has the same places ten thousand times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lxml import etree

from ...model.shipment import Field


class Place:
    """
    Where an element stands: *path* from the enclosing object down, empty for that itself, and its namespace.
    """

    __slots__ = ("_below", "namespace", "path")

    def __init__(self, path: str = "", namespace: str = "") -> None:
        self.path = path
        self.namespace = namespace
        self._below: _Below | None = None

    @property
    def below(self) -> Mapping[tuple[str, ...], tuple[Place, ...]]:
        """
        The places of children by their tags, in the children's order.
        """
        if self._below is None:
            self._below = _Below(self)
        return self._below

    def attributes(self, node: etree._Element) -> Iterator[Field]:
        """
        Give the fields of the attributes of *node*, which stands here.
        """
        for attribute, value in node.items():
            namespace, name = split(str(attribute))
            yield Field(f"{self.path}/@{name}" if self.path else f"@{name}", str(value), namespace)


class _Below(dict[tuple[str, ...], tuple[Place, ...]]):
    """
    Makes the places of each sequence of tags when it is met first; a repeated name carries its number.
    """

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._known: dict[tuple[str, int], Place] = {}

    def __missing__(self, tags: tuple[str, ...]) -> tuple[Place, ...]:
        seen: Counter[str] = Counter()
        places = []
        for tag in tags:
            name = split(tag)[1]
            seen[name] += 1
            places.append(self._child(tag, seen[name]))
        self[tags] = found = tuple(places)
        return found

    def _child(self, tag: str, number: int) -> Place:
        if (tag, number) not in self._known:
            namespace, name = split(tag)
            path = f"{self._place.path}/{name}" if self._place.path else name
            self._known[tag, number] = Place(f"{path}[{number}]" if number > 1 else path, namespace)
        return self._known[tag, number]


@lru_cache(maxsize=1024)
def split(tag: str) -> tuple[str, str]:
    """
    Return namespace and local name of a tag or attribute as lxml spells it.
    """
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name

"""A view of an envelope's tree, by local names and namespaces; a file's bytes are never in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from lxml import etree

from ...model.shipment import SpooledPart
from . import namespaces as ns
from .shapes import Record, Shapes, split


@dataclass(frozen=True, slots=True)
class FileContent:
    """
    What stood in a `Daten`: the file that was there as base64, or the address of its XOP Include.
    """

    inline: SpooledPart | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """
    What the elements of one envelope share: its files, by the `Daten` that held them, and the shapes met so far.
    """

    files: dict[etree._Element, FileContent] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=Shapes)


_NO_FILE = FileContent(None, None)
_TAG = attrgetter("tag")
_ANY_ATTRIBUTE = etree.XPath("boolean(descendant-or-self::*/@*)")


class Element:
    """
    One element: names, attributes as lxml spells them, a leaf's text, children; comments are not seen.

    It is read from the parser's tree only when it is asked, since a list has a hundred thousand of them.
    """

    __slots__ = ("_node", "_tree")

    def __init__(self, node: etree._Element, tree: Tree) -> None:
        self._node = node
        self._tree = tree

    @property
    def name(self) -> str:
        """
        The local name.
        """
        return split(self._node.tag)[1]

    @property
    def namespace(self) -> str:
        """
        The namespace's URI, empty where there is none.
        """
        return split(self._node.tag)[0]

    @property
    def attributes(self) -> dict[str, str]:
        """
        The attributes; a name with a namespace is `{URI}name`.
        """
        return {str(name): str(value) for name, value in self._node.items()}

    @property
    def children(self) -> list[Element]:
        """
        The elements within, in the order sent; a reference in a `Daten` is none.
        """
        if self._node in self._tree.files:
            return []
        return [Element(node, self._tree) for node in self._node]

    @property
    def text(self) -> str:
        """
        A leaf's text as sent; empty where the element has children, or holds a file.
        """
        return "" if len(self._node) else self._node.text or ""

    @property
    def inline(self) -> SpooledPart | None:
        """
        In a `Daten`, the file that stood there as base64.
        """
        return self._tree.files.get(self._node, _NO_FILE).inline

    @property
    def reference(self) -> str | None:
        """
        In a `Daten`, the address of its XOP Include.
        """
        return self._tree.files.get(self._node, _NO_FILE).reference

    @property
    def value(self) -> str:
        """
        The text without the white space around it.
        """
        return self.text.strip()

    def record(self, leave_out: str = "") -> Record:
        """
        Return all that the element says: its attributes, and every leaf and attribute below it, but no file's bytes.

        *leave_out* names children in a namespace of BiPRO that are not entered.
        """
        return self._record(self._node, leave_out, has_attributes=_has_attributes(self._node))

    def records(self, name: str, leave_out: str = "") -> Iterator[Record]:
        """
        Give :meth:`record` of :meth:`each`.
        """
        has_attributes = _has_attributes(self._node)
        for node in self._each(name):
            yield self._record(node, leave_out, has_attributes=has_attributes)

    def anywhere(self, name: str) -> int:
        """
        Return how many elements of this local name the whole envelope holds, in whatever namespace.
        """
        return sum(1 for _ in self._node.getroottree().iter(f"{{*}}{name}"))

    def each(self, name: str) -> Iterator[Element]:
        """
        Give the children of this local name in a namespace of BiPRO, whichever release's.
        """
        for node in self._each(name):
            yield Element(node, self._tree)

    def child(self, name: str) -> Element | None:
        """
        Return the first of :meth:`each`.
        """
        return next(self.each(name), None)

    def text_of(self, name: str) -> str:
        """
        Return the value of the first child of this name, empty where there is none.
        """
        child = self.child(name)
        return "" if child is None else child.value

    def _each(self, name: str) -> Iterator[etree._Element]:
        for node in self._node.iterchildren(f"{{*}}{name}"):
            if split(node.tag)[0].startswith(ns.BIPRO):
                yield node

    def _record(self, node: etree._Element, leave_out: str, *, has_attributes: bool) -> Record:
        nodes = list(node.iter())
        attributes = tuple(_attributes(nodes)) if has_attributes else ()
        shape = self._tree.shapes[tuple(map(_TAG, nodes)), tuple(map(len, nodes)), attributes, leave_out]
        values = [
            (nodes[number].text if attribute is None else nodes[number].get(attribute)) or ""
            for number, attribute in shape.sources
        ]
        return Record(shape, values)


def _has_attributes(node: etree._Element) -> bool:
    return bool(_ANY_ATTRIBUTE(node))


def _attributes(nodes: Sequence[etree._Element]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, node in enumerate(nodes):
        if names := tuple(map(str, node.keys())):
            yield number, names

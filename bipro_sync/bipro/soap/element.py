"""A view of an envelope's tree, by local names and namespaces; a file's bytes are never in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ...model.shipment import Field, SpooledPart
from . import namespaces as ns
from .places import Place, split


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
    What the elements of one envelope share: its files, by the `Daten` that held them, and the places met so far.
    """

    files: dict[etree._Element, FileContent] = field(default_factory=dict)
    place: Place = field(default_factory=Place)


_NO_FILE = FileContent(None, None)


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

    def fields(self, leave_out: str = "") -> tuple[Field, ...]:
        """
        Return all that the element says: its attributes, and every leaf and attribute below it, but no file's bytes.

        *leave_out* names children in a namespace of BiPRO that are not entered.
        """
        found: list[Field] = []
        place = self._tree.place
        if self._node.keys():
            found.extend(place.attributes(self._node))
        self._gather(self._node, place, found, leave_out)
        return tuple(found)

    def each(self, name: str) -> Iterator[Element]:
        """
        Give the children of this local name in a namespace of BiPRO, whichever release's.
        """
        for node in self._node.iterchildren(f"{{*}}{name}"):
            if _is_of_bipro(node, name):
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

    def _gather(self, node: etree._Element, place: Place, found: list[Field], leave_out: str = "") -> None:
        files = self._tree.files
        children = [each for each in node if not leave_out or not _is_of_bipro(each, leave_out)]
        for below, child in zip(place.below[tuple([each.tag for each in children])], children, strict=True):
            inner = len(child)
            is_file = child in files if files else False
            if not inner and not is_file:
                found.append(Field(below.path, child.text or "", below.namespace))
            if child.keys():
                found.extend(below.attributes(child))
            if inner and not is_file:
                self._gather(child, below, found)


def _is_of_bipro(node: etree._Element, name: str) -> bool:
    namespace, local = split(node.tag)
    return local == name and namespace.startswith(ns.BIPRO)

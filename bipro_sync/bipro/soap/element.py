"""The small tree that an envelope becomes; a file's bytes are never in it."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.shipment import SpooledPart
from . import namespaces as ns


class Element:
    """
    One element: names, attributes as lxml spells them, a leaf's text, children.

    In a `Daten`, *inline* is the file that stood there as base64, *reference* the address of its XOP Include.
    """

    __slots__ = ("attributes", "children", "inline", "name", "namespace", "reference", "text")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.text = ""
        self.children: list[Element] = []
        self.inline: SpooledPart | None = None
        self.reference: str | None = None

    @property
    def value(self) -> str:
        """
        The text without the white space around it.
        """
        return self.text.strip()

    def each(self, name: str) -> Iterator[Element]:
        """
        Give the children of this local name in a namespace of BiPRO, whichever release's.
        """
        return (child for child in self.children if child.name == name and child.namespace.startswith(ns.BIPRO))

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

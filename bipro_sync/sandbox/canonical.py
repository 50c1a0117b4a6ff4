"""Reads an XML document as it was written and brings parts of it into exclusive canonical form; it judges nothing.

W3C Exclusive XML Canonicalization 1.0 without comments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from .faults import RefusedCallError


_XML = "http://www.w3.org/XML/1998/namespace"
_ESCAPED_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ESCAPED_VALUE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


@dataclass(slots=True)
class Node:
    """
    One element as it was written: names with their prefixes, and the namespaces in scope by prefix.
    """

    tag: str
    attributes: Mapping[str, str]
    scope: Mapping[str, str]
    content: list[Node | str] = field(default_factory=list)

    @property
    def name(self) -> tuple[str, str]:
        """
        The namespace and the local name.
        """
        prefix, _, local = self.tag.rpartition(":")
        return self.scope[prefix], local

    @property
    def children(self) -> list[Node]:
        """
        The elements right below.
        """
        return [each for each in self.content if isinstance(each, Node)]

    @property
    def text(self) -> str:
        """
        The text right below, without blanks around it.
        """
        return "".join(each for each in self.content if isinstance(each, str)).strip()

    def expanded(self, key: str) -> tuple[str, str]:
        """
        Return namespace and local name of an attribute as it is written.
        """
        prefix, _, local = key.rpartition(":")
        return (self.scope[prefix] if prefix else ""), local

    def attribute(self, namespace: str, name: str) -> str | None:
        """
        Return the attribute of that name.
        """
        return next((value for key, value in self.attributes.items() if self.expanded(key) == (namespace, name)), None)

    def child(self, namespace: str, name: str) -> Node | None:
        """
        Return the one child of that name; where there are several there is none to rely on.
        """
        found = [each for each in self.children if each.name == (namespace, name)]
        return found[0] if len(found) == 1 else None

    def walk(self) -> Iterator[Node]:
        """
        Yield this element and all below it.
        """
        yield self
        for child in self.children:
            yield from child.walk()

    def canonical(self, inclusive: Collection[str] = ()) -> bytes:
        """
        Return the canonical form; the prefixes *inclusive* are declared wherever they are in scope.
        """
        return _canonical(self, {"": "", "xml": _XML}, inclusive).encode()


def _canonical(node: Node, declared: Mapping[str, str], inclusive: Collection[str]) -> str:
    used = {key.rpartition(":")[0] for key in node.attributes if ":" in key}
    used |= {node.tag.rpartition(":")[0], *(prefix for prefix in inclusive if prefix in node.scope)}
    new = {prefix: node.scope[prefix] for prefix in sorted(used) if declared.get(prefix) != node.scope[prefix]}
    shown = [(f"xmlns:{prefix}" if prefix else "xmlns", address) for prefix, address in new.items()]
    shown += [(key, node.attributes[key]) for key in sorted(node.attributes, key=node.expanded)]
    start = "".join(f' {name}="{value.translate(_ESCAPED_VALUE)}"' for name, value in shown)
    content = "".join(
        each.translate(_ESCAPED_TEXT) if isinstance(each, str) else _canonical(each, {**declared, **new}, inclusive)
        for each in node.content
    )
    return f"<{node.tag}{start}>{content}</{node.tag}>"


def read(document: bytes) -> Node:
    """
    Return the root element of a document that :func:`envelope.parse` took; a processing instruction is refused.
    """
    parser = expat.ParserCreate()
    top = Node("", {}, {"": "", "xml": _XML})
    stack = [top]

    def start(tag: str, given: dict[str, str]) -> None:
        attributes, scope = {}, dict(stack[-1].scope)
        for key, value in given.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                scope[key.partition(":")[2]] = value
            else:
                attributes[key] = value
        node = Node(tag, attributes, scope)
        stack[-1].content.append(node)
        stack.append(node)

    def end(_tag: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].content.append(data)

    def refuse(*_facts: object) -> None:
        raise RefusedCallError.schema("A processing instruction is not accepted")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.ProcessingInstructionHandler = refuse
    parser.Parse(document, True)
    return top.children[0]

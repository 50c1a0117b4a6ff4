"""Parse an envelope that arrives in pieces into a small tree, files streamed aside; it never trusts the XML.

A `Daten` element's base64 goes straight to the sink, so that memory stays bounded.  A DOCTYPE, an entity, and
what is too deep, too many or too large are refused: lxml itself would take 100,000 levels.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from ...errors import FramingError, ProtocolError, RefusedXmlError
from ...model.ports import PartSink
from ...model.shipment import SpooledPart
from . import namespaces as ns
from .element import Element
from .inline_file import InlineFile


MAX_DEPTH = 100
MAX_ELEMENTS = 500_000
MAX_ATTRIBUTES = 2_000
MAX_LEAF = 1 << 20
MAX_TEXT = 64 << 20
_MAX_SILENCE = 8 << 20
"""Bytes that may pass without any event: one start tag, one comment, one CDATA section."""
_SLICE = 64 << 10
_DECLARATION = 256
_DECLARED = re.compile(rb"\s*<\?xml[^>]*\sencoding\s*=")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class _Builder:
    """
    The parser's target: counts, refuses, and builds the tree.
    """

    def __init__(self, sink: PartSink) -> None:
        self.root: Element | None = None
        self.complete = False
        self.events = 0
        self.inline: list[SpooledPart] = []
        self._sink = sink
        self._open: list[Element] = []
        self._file: InlineFile | None = None
        self._elements = 0
        self._text: list[str] = []
        self._leaf = 0
        self._total = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise RefusedXmlError("The answer holds a DOCTYPE, which no honest insurer sends; it was not read.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise RefusedXmlError(f"The answer has more than {MAX_ELEMENTS} XML elements.")
        if len(self._open) >= MAX_DEPTH:
            raise RefusedXmlError(f"The answer is nested deeper than {MAX_DEPTH} XML elements.")
        if len(attributes) > MAX_ATTRIBUTES:
            raise RefusedXmlError(f"An XML element of the answer has more than {MAX_ATTRIBUTES} attributes.")
        element = Element(*_split(tag), dict(attributes))
        if not self._open:
            self.root = element
        elif self._file is None:
            parent = self._open[-1]
            parent.children.append(element)
            if element.name == "Daten" and parent.name == "Datei":
                self._file = InlineFile(self._sink)
        elif tag == f"{{{ns.XOP}}}Include" and self._file.reference is None:
            self._file.reference = element.attributes.get("href", "")
        else:
            raise ProtocolError("A file's data holds XML elements that do not belong there.")
        self._open.append(element)
        self._text.clear()
        self._leaf = 0

    def data(self, text: str) -> None:
        self.events += 1
        if self._file is not None:
            self._file.feed(text)
            return
        self._leaf += len(text)
        self._total += len(text)
        if self._leaf > MAX_LEAF or self._total > MAX_TEXT:
            raise RefusedXmlError("The answer holds more text outside of files than any honest one.")
        self._text.append(text)

    def end(self, _tag: str) -> None:
        self.events += 1
        element = self._open.pop()
        if self._file is not None:
            if element.name == "Daten":
                element.inline = self._file.finish()
                element.reference = self._file.reference
                if element.inline is not None:
                    self.inline.append(element.inline)
                self._file = None
        elif not element.children:
            element.text = "".join(self._text)
        self._text.clear()
        self._leaf = 0
        self.complete = not self._open

    def close(self) -> None:
        """
        Asked for by lxml; the tree stands in *root*.
        """


class EnvelopeReader:
    """
    Takes an envelope's bytes in any pieces, gives its tree.

    *charset* is what MIME says of it; the XML declaration and a byte order mark count for more, UTF-8 for less.
    """

    def __init__(self, sink: PartSink, charset: str) -> None:
        self._builder = _Builder(sink)
        self._charset = charset
        self._parser: etree.XMLParser | None = None
        self._head = b""
        self._silence = 0

    @property
    def inline(self) -> tuple[SpooledPart, ...]:
        """
        The files that stood in the envelope, in its order.
        """
        return tuple(self._builder.inline)

    def feed(self, data: bytes) -> None:
        """
        Parse *data*.

        Raises :class:`RefusedXmlError`, :class:`FramingError`, :class:`ProtocolError`, and what the sink raises.
        """
        if self._parser is not None:
            self._parse(self._parser, data)
            return
        self._head += data
        if len(self._head) >= _DECLARATION:
            self._begin()

    def finish(self) -> Element:
        """
        End the envelope and return its root.  Raises as :meth:`feed`; a cut envelope is a :class:`FramingError`.
        """
        if self._parser is None and not self._head.strip():
            raise ProtocolError("The answer is empty.")
        parser = self._parser or self._begin()
        try:
            parser.close()
        except etree.XMLSyntaxError:
            if self._builder.complete:
                raise ProtocolError("The answer goes on after its XML document.") from None
            raise FramingError("The answer is cut: its XML ends before its root element does.") from None
        assert self._builder.root is not None
        return self._builder.root

    def _begin(self) -> etree.XMLParser:
        declared = _DECLARED.match(self._head) or self._head.startswith(_BYTE_ORDER_MARKS)
        self._parser = parser = _parser(self._builder, None if declared else self._charset or None)
        self._parse(parser, self._head)
        return parser

    def _parse(self, parser: etree.XMLParser, data: bytes) -> None:
        for offset in range(0, len(data), _SLICE):
            piece = data[offset : offset + _SLICE]
            before = self._builder.events
            try:
                parser.feed(piece)
            except etree.XMLSyntaxError as error:
                line, column = error.position
                raise ProtocolError(f"The answer is no well-formed XML (line {line}, column {column}).") from None
            self._silence = 0 if self._builder.events != before else self._silence + len(piece)
            if self._silence > _MAX_SILENCE:
                raise RefusedXmlError("The answer holds an XML tag or comment of a size that no honest insurer sends.")


def _parser(target: _Builder, charset: str | None) -> etree.XMLParser:
    try:
        return etree.XMLParser(
            target=target,  # type: ignore[arg-type]  # the stubs demand what lxml leaves optional
            encoding=charset,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
        )
    except (LookupError, ValueError):
        raise ProtocolError("The answer is in a character set that is not known here.") from None


@lru_cache(maxsize=1024)
def _split(tag: str) -> tuple[str, str]:
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name

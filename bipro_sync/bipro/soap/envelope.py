"""Parse an envelope that arrives in pieces, files streamed aside; it never trusts the XML.

lxml builds the tree in C.  A file's base64 is plain text up to the next `<`: it goes from the bytes straight to the
sink, past the parser.  What a tree may cost is bounded before it is built, by counting bytes; a DOCTYPE, and what
is too deep, too many or too large are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar, cast

from lxml import etree

from ...errors import FramingError, ProtocolError, RefusedXmlError
from ...model.ports import PartSink
from ...model.shipment import SpooledPart
from . import namespaces as ns
from .element import Element, FileContent, Tree
from .inline_file import InlineFile
from .shapes import is_file, split


Parser = TypeVar("Parser", bound=etree.XMLParser)

MAX_TREE = 72 << 20
"""Bytes that the tree of an envelope without its files may cost: its own, and `_TAG` and `_ATTRIBUTE` for each."""
_TAG = 192
"""Bytes of a tree for a tag: half an element, and the text before it."""
_ATTRIBUTE = 200
"""Bytes of a tree for an attribute, with its value's node."""
MAX_FILES = 10_000
"""Files that stand in the envelope."""
MAX_RUN = 1 << 20
"""Bytes from one `<` to the next: a tag, or a comment, and the text behind it."""
_WHOLE = 16 << 20
"""Bytes of an envelope without a file that are parsed at once, which is faster than piece by piece."""
_SLICE = 64 << 10
_DECLARED = re.compile(rb"\s*<\?xml[^>]*\sencoding\s*=")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ROOT = re.compile(rb"<[^!?]")
_DATA = (b"<Daten", b":Daten")
_DATA_TAG = re.compile(rb"<(?:[^\s<>/:!?]+:)?Daten(?:\s[^<>]*)?>")
_INCLUDE = f"{{{ns.XOP}}}Include"


class EnvelopeReader:
    """
    Takes an envelope's bytes in any pieces, gives its tree.

    *charset* is what MIME says of it; the XML declaration and a byte order mark count for more, UTF-8 for less.
    """

    def __init__(self, sink: PartSink, charset: str) -> None:
        self._sink = sink
        self._charset = charset
        self._parser: etree.XMLPullParser | None = None
        self._held = bytearray()
        self._bounds = _Bounds()
        self._tree = Tree()
        self._open: etree._Element | None = None
        self._file: InlineFile | None = None
        self._in_text = False

    @property
    def inline(self) -> tuple[SpooledPart, ...]:
        """
        The files that stood in the envelope, in its order.
        """
        return tuple(each.inline for each in self._tree.files.values() if each.inline is not None)

    def feed(self, data: bytes) -> None:
        """
        Parse *data*.

        Raises :class:`RefusedXmlError`, :class:`FramingError`, :class:`ProtocolError`, and what the sink raises.
        """
        seen = max(0, len(self._held) - len(_DATA[0]))
        self._held += data
        if self._parser is None:
            self._bounds.add(data, in_file=False)
            if len(self._held) <= _WHOLE and all(self._held.find(tag, seen) < 0 for tag in _DATA):
                return
            self._bounds = _Bounds()
            self._parser = self._new(etree.XMLPullParser, events=("start", "end"), tag="{*}Daten")
        self._stream(self._parser, at_end=False)

    def finish(self) -> Element:
        """
        End the envelope and return its root.  Raises as :meth:`feed`; a cut envelope is a :class:`FramingError`.
        """
        root = self._whole() if self._parser is None else self._streamed(self._parser)
        if root.getroottree().docinfo.internalDTD is not None:
            raise _doctype()
        return Element(root, self._tree)

    def _whole(self) -> etree._Element:
        if not self._held.strip():
            raise ProtocolError("The answer is empty.")
        parser = self._new(etree.XMLParser)
        data = bytes(self._held)
        self._held.clear()
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise _refusal(error, cut=data.rfind(b"<") > data.rfind(b">")) from None
        for node in root.iter("{*}Daten"):
            if self._begin_file(node):
                self._end_file()
        return root

    def _streamed(self, parser: etree.XMLPullParser) -> etree._Element:
        self._stream(parser, at_end=True)
        try:
            return parser.close()
        except etree.XMLSyntaxError as error:
            raise _refusal(error, cut=True) from None

    def _new(self, kind: type[Parser], **options: Any) -> Parser:
        """
        Return a parser for what begins with the bytes held, and refuse what begins with a DOCTYPE.
        """
        head = bytes(self._held[:_SLICE])
        text = head.replace(b"\0", b"")
        root = _ROOT.search(text)
        # Where a charset hides the DOCTYPE from this look, the finished tree has the last word.
        if b"<!DOCTYPE" in text[: root.start() if root else len(text)]:
            raise _doctype()
        declared = _DECLARED.match(head) or head.startswith(_BYTE_ORDER_MARKS)
        try:
            return kind(
                encoding=None if declared else self._charset or None,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                remove_comments=True,
                remove_pis=True,
                # What stands between elements alone; a leaf that holds nothing but white space keeps it.
                remove_blank_text=True,
                **options,
            )
        except (LookupError, ValueError):
            raise ProtocolError("The answer is in a character set that is not known here.") from None

    def _stream(self, parser: etree.XMLPullParser, *, at_end: bool) -> None:
        data = bytes(self._held)
        self._held.clear()
        position = 0
        while position < len(data):
            if self._in_text and self._file is not None:
                end = data.find(b"<", position)
                self._in_text = end < 0
                end = len(data) if end < 0 else end
                self._file.feed(data[position:end])
            else:
                end, at_data = _next_piece(data, position, at_end=at_end)
                if end == position:
                    self._held += data[position:]
                    return
                self._parse(parser, data[position:end])
                self._in_text = at_data and self._open is not None
            position = end

    def _parse(self, parser: etree.XMLPullParser, piece: bytes) -> None:
        self._bounds.add(piece, in_file=self._open is not None)
        try:
            parser.feed(piece)
        except etree.XMLSyntaxError as error:
            raise _refusal(error, cut=False) from None
        for event, node in cast("Iterator[tuple[str, Any]]", parser.read_events()):
            if event == "start":
                self._begin_file(node)
            elif node is self._open:
                self._end_file()

    def _begin_file(self, node: etree._Element) -> bool:
        """
        Expect a file where *node*, a `Daten`, is one's, and say whether it is.
        """
        parent = node.getparent()
        if parent is None or not is_file(split(node.tag)[1], split(parent.tag)[1]):
            return False
        if self._open is not None:
            raise _foreign()
        if len(self._tree.files) >= MAX_FILES:
            raise RefusedXmlError(f"The answer holds more than {MAX_FILES} files.")
        self._open = node
        self._file = InlineFile(self._sink)
        return True

    def _end_file(self) -> None:
        """
        Take what the parser saw of a file: a reference, or text that was not streamed past it.
        """
        node = self._open
        assert node is not None
        assert self._file is not None
        reference = None
        if len(node):
            if len(node) > 1 or node[0].tag != _INCLUDE or len(node[0]):
                raise _foreign()
            reference = node[0].get("href", "")
        try:
            self._file.feed("".join(map(str, node.itertext())).encode("ascii"))
        except UnicodeEncodeError:
            raise FramingError("A file's base64 text holds what is not base64.") from None
        self._tree.files[node] = FileContent(self._file.finish(reference), reference)
        node.text = None
        self._open = self._file = None


class _Bounds:
    """
    What the parser has been given, so that no tree grows beyond what an honest insurer's needs.
    """

    def __init__(self) -> None:
        self._cost = 0
        self._run = 0
        self._last = b""

    def add(self, piece: bytes, *, in_file: bool) -> None:
        """
        Count *piece*.  Raises :class:`RefusedXmlError`.  In a file, the text between tags may be as long as lxml takes.
        """
        # Each tag has a `<` of its own, each attribute a `=`; `<b/>` is the start and the end of an element.
        tags = piece.count(b"<") + piece.count(b"/>") + (self._last + piece[:1] == b"/>")
        self._cost += len(piece) + tags * _TAG + piece.count(b"=") * _ATTRIBUTE
        self._last = piece[-1:]
        first, last = piece.find(b"<"), piece.rfind(b"<")
        longest = self._run + (len(piece) if first < 0 else first)
        self._run = longest if first < 0 else len(piece) - last
        if self._cost > MAX_TREE or (longest > MAX_RUN and not in_file):
            raise RefusedXmlError("The answer holds more XML outside of files than any honest one.")


def _next_piece(data: bytes, position: int, *, at_end: bool) -> tuple[int, bool]:
    """
    Return where the next piece for the parser ends, and whether it ends with a tag that may open a file.

    A tag is not cut, so that the one which opens a file is seen whole: where it may go on, the piece ends before it,
    possibly with nothing.
    """
    limit = min(position + _SLICE, len(data))
    tag = _DATA_TAG.search(data, position, limit)
    if tag:
        return tag.end(), True
    begun = data.rfind(b"<", position, limit)
    cut = begun >= 0 and data.find(b">", begun, limit) < 0
    if cut and not at_end and limit - begun < _SLICE:
        return begun, False
    return limit, False


def _refusal(error: etree.XMLSyntaxError, *, cut: bool) -> ProtocolError:
    """
    Return the error of ours for lxml's, which may quote the insurer's text.
    """
    code: int = error.code  # type: ignore[attr-defined]  # the stubs do not know it
    if code in (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_ENTITY_LOOP):
        return RefusedXmlError("The answer is nested or sized as no honest insurer's XML is.")
    if cut or code == etree.ErrorTypes.ERR_TAG_NOT_FINISHED:
        return FramingError("The answer is cut: its XML ends before its root element does.")
    line, column = error.position
    return ProtocolError(f"The answer is no well-formed XML (line {line}, column {column}).")


def _doctype() -> RefusedXmlError:
    return RefusedXmlError("The answer holds a DOCTYPE, which no honest insurer sends; it was not read.")


def _foreign() -> ProtocolError:
    return ProtocolError("A file's data holds XML elements that do not belong there.")

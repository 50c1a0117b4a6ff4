"""Take a whole HTTP answer's body apart: bare XML or MTOM; files go to the sink, nothing is matched by order.

Norm 430 over XOP 1.0 and RFC 2387: the root part is the one that `start` names, else the first; the other
parts may come before or after it and are known by their Content-ID only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import FramingError, ProtocolError
from ...model.ports import PartSink, PartWriter
from ...model.shipment import SpooledPart
from ..codes import WRONG_ADDRESS
from ..soap.element import Element
from ..soap.envelope import EnvelopeReader
from .base64_stream import Base64Decoder
from .media_type import MediaType, content_id, unescaped
from .multipart import MultipartSplitter, PartBegin, PartData, PartEnd, PartEvent


_XML_TYPES = frozenset({"", "text/xml", "application/xml", "application/xop+xml", "application/soap+xml"})
_MULTIPART = "multipart/related"
_IDENTITY = frozenset({"", "binary", "8bit", "7bit"})
_BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    A MIME part beside the root: its bytes, its Content-ID (empty where it has none), its media type.
    """

    part: SpooledPart
    name: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Message:
    """
    A complete message: the tree, the envelope as received, and its files.

    *attachments* are in the order received, *inline* stood in the envelope as base64.
    """

    root: Element
    envelope: SpooledPart
    attachments: tuple[Attachment, ...]
    inline: tuple[SpooledPart, ...]


class _Parsed:
    """
    The root part's writer: byte for byte to the sink, and parsed on its way.
    """

    def __init__(self, writer: PartWriter, reader: EnvelopeReader) -> None:
        self._writer = writer
        self._reader = reader

    def write(self, data: bytes) -> None:
        self._writer.write(data)
        self._reader.feed(data)

    def finish(self) -> SpooledPart:
        return self._writer.finish()


class _FromBase64:
    """
    Stands before a part's writer where its transfer encoding is base64.
    """

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer
        self._decoder = Base64Decoder()

    def write(self, data: bytes) -> None:
        self._writer.write(self._decoder.feed(data))

    def finish(self) -> SpooledPart:
        self._decoder.finish()
        return self._writer.finish()


class MessageReader:
    """
    Takes a body in any pieces and gives its message.

    Raises :class:`ProtocolError` at once where *media_type* is none that carries SOAP.
    """

    def __init__(self, media_type: MediaType, sink: PartSink) -> None:
        self._sink = sink
        self._splitter: MultipartSplitter | None = None
        self._writer: PartWriter
        self._attached: tuple[bytes, str] | None = None
        self._start = content_id(media_type.parameters.get("start", ""))
        self._names: set[bytes] = set()
        self._attachments: list[Attachment] = []
        self._reader: EnvelopeReader | None = None
        self._root: Element | None = None
        self._envelope: SpooledPart | None = None
        if media_type.name == _MULTIPART:
            boundary = media_type.parameters.get("boundary", "")
            if not boundary:
                raise FramingError("The answer is multipart and names no boundary.")
            self._splitter = MultipartSplitter(boundary)
        elif media_type.name in _XML_TYPES:
            self._begin_root(media_type)
        else:
            raise ProtocolError(
                "The answer is no SOAP message by its content type, perhaps a web page.", hint=WRONG_ADDRESS
            )

    def feed(self, data: bytes) -> None:
        """
        Take the next bytes.  Raises :class:`ProtocolError` or a subclass, and what the sink raises.
        """
        if self._splitter is None:
            self._writer.write(data)
            return
        for event in self._splitter.feed(data):
            self._take(event)

    def finish(self) -> Message:
        """
        Demand that the body is complete, and return its message.  Raises as :meth:`feed`.
        """
        if self._splitter is None:
            self._end()
        else:
            for event in self._splitter.finish():
                self._take(event)
        if self._reader is None or self._root is None or self._envelope is None:
            raise FramingError("The answer's MIME parts hold no root part.")
        return Message(self._root, self._envelope, tuple(self._attachments), self._reader.inline)

    def _take(self, event: PartEvent) -> None:
        match event:
            case PartData(data):
                self._writer.write(data)
            case PartBegin(headers):
                self._begin(headers)
            case PartEnd():
                self._end()

    def _begin(self, headers: Mapping[str, str]) -> None:
        media_type = MediaType.parse(headers.get("content-type", ""))
        name = content_id(headers.get("content-id", ""))
        if name and name in self._names:
            raise FramingError("Two MIME parts of the answer have the same Content-ID.")
        first = not self._names
        self._names.add(name)
        # A first part without a Content-ID cannot be named by `start`, and is the root all the same.
        if (unescaped(name) == unescaped(self._start)) if self._start and name else first:
            if self._reader is not None:
                raise FramingError("Two MIME parts of the answer claim to be the root.")
            self._begin_root(media_type)
        else:
            self._attached = name, media_type.name
            self._writer = self._sink.part()
        encoding = headers.get("content-transfer-encoding", "").lower()
        if encoding == _BASE64:
            self._writer = _FromBase64(self._writer)
        elif encoding not in _IDENTITY:
            raise FramingError("A MIME part has a transfer encoding that norm 430 does not know.")

    def _begin_root(self, media_type: MediaType) -> None:
        self._reader = EnvelopeReader(self._sink, media_type.parameters.get("charset", ""))
        self._writer = _Parsed(self._sink.envelope(), self._reader)
        self._attached = None

    def _end(self) -> None:
        spooled = self._writer.finish()
        if self._attached is not None:
            self._attachments.append(Attachment(spooled, *self._attached))
        elif self._reader is not None:
            self._envelope = spooled
            self._root = self._reader.finish()

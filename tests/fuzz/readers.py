"""Everything that reads an insurer's bytes, one after the other, as a call does."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from bipro_sync.bipro.answers import Fault, soap_body
from bipro_sync.bipro.calls.call import Answer
from bipro_sync.bipro.framing.content_coding import content_decoder
from bipro_sync.bipro.framing.media_type import MediaType
from bipro_sync.bipro.framing.message import MessageReader
from bipro_sync.bipro.login.token_answer import context_grant, token_life
from bipro_sync.bipro.transfer.shipments import fetched_shipment, listed_shipments
from bipro_sync.errors import InsurerError
from bipro_sync.model.shipment import SpooledPart, Status


OK = Status(ok=True, status_id="OK", process_id="", timestamp="", messages=())


class Sink:
    """Keeps every part in memory; a handle is its index."""

    def __init__(self):
        self.parts = []

    def envelope(self):
        return Writer(self)

    def part(self):
        return Writer(self)


class Writer:
    def __init__(self, sink):
        self._sink = sink
        self._data = bytearray()

    def write(self, data):
        self._data += data

    def finish(self):
        self._sink.parts.append(bytes(self._data))
        return SpooledPart(str(len(self._sink.parts) - 1), len(self._data), "", b"")


def message_of(content_type, coding, pieces, sink=None):
    """The message; raises the errors of ours."""
    decoder = content_decoder(coding)
    reader = MessageReader(MediaType.parse(content_type), sink or Sink())
    for raw in pieces:
        for piece in decoder.feed(raw):
            reader.feed(piece)
    decoder.finish()
    return reader.finish()


def understood(content_type, coding, pieces):
    """Whether a message came of it; everything that could be read of it was."""
    try:
        received = message_of(content_type, coding, pieces)
        content = soap_body(received.root)
    except InsurerError:
        return False
    if not isinstance(content, Fault):
        context_grant(content)
        token_life(content)
        for response in (content, *content.children):
            with suppress(InsurerError):
                listed_shipments(response)
            with suppress(InsurerError):
                digest = hashlib.sha256(b"".join(pieces)).hexdigest()
                fetched_shipment(response, OK, Answer(200, received, digest, 0))
    return True

"""Undo an answer's Content-Encoding, bounded; it must never let a cut or exploding body pass as a whole one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from ...errors import FramingError, ProtocolError, RefusedXmlError


_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1 << 20
_MAX_RATIO = 200
_FREE = 64 << 20
"""Decoded bytes below which no ratio is looked at."""


class ContentDecoder(Protocol):
    """
    Takes the body as sent, gives the body as meant.
    """

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Give what *data* completes.  Raises :class:`ProtocolError` or a subclass.
        """
        ...

    def finish(self) -> None:
        """
        Demand that the coding ended.  Raises :class:`FramingError`.
        """
        ...


class Identity:
    """
    No coding at all.
    """

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Give *data*.
        """
        yield data

    def finish(self) -> None:
        """
        Nothing to demand: HTTP and the message itself tell their ends.
        """


class Inflated:
    """
    What zlib packs: gzip (RFC 1952), one member or several, or a zlib stream (RFC 1950), which HTTP calls deflate.

    Its end is demanded, nothing else may follow, and bombs are refused.
    """

    def __init__(self, wrapping: int, *, members: bool) -> None:
        self._wrapping = wrapping
        self._members = members
        self._inflater = zlib.decompressobj(wrapping)
        self._begun = False
        self._ended = False
        self._taken = 0
        self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Give what *data* completes, in pieces of a mebibyte at most.
        """
        self._taken += len(data)
        more = bool(data)
        while more:
            if self._ended and not self._members:
                raise FramingError("The answer goes on after the end of its content coding.")
            self._begun = True
            piece = self._inflate(data)
            yield piece
            data = self._inflater.unconsumed_tail
            # Output may be left over where the input is not.
            more = bool(data) or len(piece) == _PIECE
            if self._inflater.eof:
                data = self._inflater.unused_data
                more = bool(data)
                self._begun = False
                self._ended = True
                self._inflater = zlib.decompressobj(self._wrapping)

    def finish(self) -> None:
        """
        Demand the end of the last member.
        """
        if self._begun or not self._ended:
            raise FramingError("The answer is cut: its content coding does not end.")

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._inflater.decompress(data, _PIECE)
        except zlib.error:
            raise FramingError("The answer's content coding is damaged.") from None
        self._given += len(piece)
        if self._given > max(_FREE, self._taken * _MAX_RATIO):
            raise RefusedXmlError("The answer unpacks to more than any honest insurer sends.")
        return piece


def content_decoder(header: str) -> ContentDecoder:
    """
    Return the decoder for a Content-Encoding header.  Raises :class:`ProtocolError` for an unknown one.
    """
    match header.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Inflated(_GZIP, members=True)
        case "deflate":
            return Inflated(zlib.MAX_WBITS, members=False)
    raise ProtocolError("The answer has a Content-Encoding that was not asked for and is not known here.")

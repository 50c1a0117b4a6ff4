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


class Gzip:
    """
    gzip (RFC 1952), one member or several; its end is demanded, bombs are refused.
    """

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)
        self._begun = False
        self._taken = 0
        self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Give what *data* completes, in pieces of a mebibyte at most.
        """
        self._taken += len(data)
        more = bool(data)
        while more:
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
                self._inflater = zlib.decompressobj(_GZIP)

    def finish(self) -> None:
        """
        Demand the end of the last member.
        """
        if self._begun or not self._taken:
            raise FramingError("The answer is cut: its gzip coding does not end.")

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._inflater.decompress(data, _PIECE)
        except zlib.error:
            raise FramingError("The answer's gzip coding is damaged.") from None
        self._given += len(piece)
        if self._given > max(_FREE, self._taken * _MAX_RATIO):
            raise RefusedXmlError("The answer's gzip coding unpacks to more than any honest insurer sends.")
        return piece


def content_decoder(header: str) -> ContentDecoder:
    """
    Return the decoder for a Content-Encoding header.  Raises :class:`ProtocolError` for an unknown one.
    """
    match header.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Gzip()
    raise ProtocolError("The answer has a Content-Encoding that was not asked for and is not known here.")

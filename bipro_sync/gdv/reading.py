"""Reads a file of the data set record by record, in bounded memory, whatever its bytes are; it never fails on them."""

from __future__ import annotations

from collections.abc import Iterator

from .choosing import chooser
from .decoding import Decoder
from .encodings import Encoding
from .files import Source
from .findings import Finding
from .former import Versions, versions_of
from .layouts import RECORD_LENGTH, part
from .lines import batches
from .record import Record
from .stream import Stream


def read(source: Source, *, encoding: str | None = None) -> Reading:
    """
    Return the records of a path, of bytes or of a binary file, one after the other as they are asked for.

    *encoding* overrides what the bytes say.  `OSError` where the path cannot be read, `UsageError` for an encoding
    that we do not know; nothing that stands in the file raises.

    >>> trailer = b"9999" + b"0000000000" + b"4711      " + b"000000000012345"
    >>> for record in read(trailer):
    ...     print(record.number, record.part.layout, record["Gesbeitrag"])
    1 9999 123.45
    """
    return Reading(Stream(source, encoding))


class Reading:
    """
    The records of one file, to be gone through once.

    `findings` (of the bytes, not of what they say) are complete in the end.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._records = self._read()

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def __next__(self) -> Record:
        return next(self._records)

    @property
    def encoding(self) -> Encoding:
        """
        Return the file's encoding as far as the bytes read so far tell.
        """
        return self._stream.encoding

    @property
    def findings(self) -> tuple[Finding, ...]:
        """
        Return what is noteworthy about the bytes read so far.
        """
        return self._stream.remarks.findings()

    def _read(self) -> Iterator[Record]:
        stream = self._stream
        decoder = Decoder(stream.encoding)
        choose, header = chooser(Versions()), part("0001", 1)
        usual: bytes | None = None
        number = 0
        for batch in batches(stream.pieces()):
            if decoder.encoding is not stream.encoding:
                decoder = Decoder(stream.encoding)
            counts_characters, outward = stream.encoding.counts_characters, stream.encoding.outward
            for offset, before, raw, ending in batch:
                number += 1
                padded, wide = raw, None
                if len(raw) != RECORD_LENGTH or (counts_characters and not raw.isascii()):
                    padded, wide = stream.inside(number, offset, raw)
                if before or ending != usual:
                    usual = stream.look_around(number, offset, before, ending, usual)
                chosen = choose(padded)
                if chosen is header:
                    choose = chooser(versions_of(padded))
                record = Record(number, offset, before, raw, ending, padded, chosen, decoder, wide)
                yield record if outward is None else record.turned(outward)

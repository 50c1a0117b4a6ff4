"""Reads a segment as records, many lines at once; a line that is not to the letter what the log writes is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from .record import UNREADABLE, Record, RecordType


_BLOCK = 1 << 16
"""Bytes that are decoded together: many enough to be fast, and not more than a processor has at hand."""


class Brief(msgspec.Struct, frozen=True, gc=False):
    """
    What the check of the chain asks of a record; the fields are those of :class:`~bipro_sync.audit.record.Record`.
    """

    seq: int
    ts: str
    type: RecordType
    prev: str
    call: str | None = None
    insurer: str | None = None
    insurer_seq: int | None = None
    insurer_prev: str | None = None
    operation: str | None = None
    shipment: str | None = None
    count: int | None = None


_BRIEFS = msgspec.json.Decoder(Brief)
_RECORDS = msgspec.json.Decoder(Record)
_ENCODER = msgspec.json.Encoder()


def blocks(file: BinaryIO, signed: int) -> Iterator[tuple[list[Brief], list[bytes]]]:
    """
    Yield records in a row with their lines' bytes without the newline; a line that is no record as the log writes it
    comes alone, with the newline if there is one, and without a record.

    Up to number *signed* a line may be written in another way: there a signature says what it was, to the letter.
    """
    rest = b""
    while block := file.read(_BLOCK):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield from _briefs_of(whole + newline, signed)
    if rest:
        yield [], [rest]


def _briefs_of(block: bytes, signed: int) -> Iterator[tuple[list[Brief], list[bytes]]]:
    """
    Yield the records of some whole lines: together, or one by one where one of them is not right.
    """
    lines = block.split(b"\n")[:-1]
    try:
        briefs = _BRIEFS.decode_lines(block)
        if briefs[-1].seq <= signed or _ENCODER.encode_lines(_RECORDS.decode_lines(block)) == block:
            yield briefs, lines
            return
    except UNREADABLE:
        pass
    for line in lines:
        brief = brief_of(line)
        yield ([brief], [line]) if brief else ([], [line + b"\n"])


def brief_of(line: bytes) -> Brief | None:
    """
    Return the record that a line without its newline is, None where it is none to the letter.
    """
    try:
        if _ENCODER.encode(_RECORDS.decode(line)) == line:
            return _BRIEFS.decode(line)
    except UNREADABLE:
        pass
    return None

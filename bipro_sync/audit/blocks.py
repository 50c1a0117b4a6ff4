"""Reads a segment as records, many lines at once; a line that is not to the letter what the log writes is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from .record import UNREADABLE, Record


_BLOCK = 1 << 16
"""Bytes that are decoded together: many enough to be fast, and not more than a processor has at hand."""

_RECORDS = msgspec.json.Decoder(Record)
_ENCODER = msgspec.json.Encoder()


def blocks(file: BinaryIO) -> Iterator[tuple[list[Record], list[bytes]]]:
    """
    Yield records in a row with their lines' bytes without the newline; a line that is no record as the log writes it
    comes alone, with the newline if there is one, and without a record.
    """
    rest = b""
    while block := file.read(_BLOCK):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield from _records_of(whole + newline)
    if rest:
        yield [], [rest]


def _records_of(block: bytes) -> Iterator[tuple[list[Record], list[bytes]]]:
    """
    Yield the records of some whole lines: together, or one by one where one of them is not right.
    """
    lines = block.split(b"\n")[:-1]
    try:
        records = _RECORDS.decode_lines(block)
        if _ENCODER.encode_lines(records) == block:
            yield records, lines
            return
    except UNREADABLE:
        pass
    for line in lines:
        record = record_of(line)
        yield ([record], [line]) if record else ([], [line + b"\n"])


def record_of(line: bytes) -> Record | None:
    """
    Return the record that a line without its newline is, None where it is none.
    """
    try:
        record = _RECORDS.decode(line)
    except UNREADABLE:
        return None
    return record if _ENCODER.encode(record) == line else None

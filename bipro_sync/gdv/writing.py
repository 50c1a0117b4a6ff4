"""Puts records back into bytes: unchanged ones byte for byte as they came, changed ones in the form of their layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import BinaryIO

from .layouts import RECORD_LENGTH, Field, FieldKind
from .record import Record
from .values import GdvDate, Value, decimal, digits


_EXACT = Context(prec=RECORD_LENGTH)
"""No amount that fits into a record is rounded."""


def write(records: Iterable[Record]) -> bytes:
    r"""
    Return the bytes of records as a file; those of a whole reading are the file that was read.

    >>> from bipro_sync.gdv import read
    >>> data = b"\xef\xbb\xbf9999 and\r\n\n whatever\x1a"
    >>> write(read(data)) == data
    True
    """
    return b"".join(record.whole for record in records)


def write_to(target: BinaryIO, records: Iterable[Record]) -> int:
    """
    Write records to a binary file one by one, and return how many bytes they had.
    """
    return sum(target.write(record.whole) for record in records)


def changed(record: Record, values: Mapping[str, Value]) -> Record:
    """
    Return the record with other values in these fields (by short name), None for blank; an amount brings its sign.

    All other bytes stay as they are.  `KeyError` where the part has no such field, `ValueError` for a value that its
    field cannot hold exactly.

    >>> from bipro_sync.gdv import read
    >>> [record] = read(b"9999" + b"0000000002" + b"4711      ")
    >>> changed(record, {"GesbeitragBruttoInkasso": Decimal("-1.5")}).raw[39:54]
    b'00000000000150-'
    """
    if record.part is None:
        raise ValueError("a record without part has no fields that could be changed")
    pieces: dict[int, str] = {}
    for key, value in values.items():
        field = record.part.field(key)
        pieces[field.place.start] = _written(field, value)
        if field.signed:
            pieces[field.place.stop] = " " if value is None else "-" if _is_negative(value) else "+"
    return _with_pieces(record, pieces)


def _is_negative(value: Value) -> bool:
    return isinstance(value, Decimal) and value < 0


def _written(field: Field, value: Value) -> str:
    """
    Return a value as the characters of its field.
    """
    text = " " * field.length if value is None else _characters(field, value)
    if len(text) != field.length:
        raise ValueError(f"the value does not fit into {field.key}, which has {field.length} characters")
    return text


def _characters(field: Field, value: str | Decimal | GdvDate) -> str:
    match field.kind, value:
        case FieldKind.TEXT, str():
            return value.rjust(field.length) if field.right_aligned else value.ljust(field.length)
        case FieldKind.DIGITS, str() if digits(value.encode("ascii", "replace")) == value:
            return value.zfill(field.length)
        case FieldKind.DECIMAL, Decimal():
            text = f"{value.copy_abs().scaleb(field.decimals, _EXACT):.0f}".zfill(field.length)
            if decimal(text.encode(), field.decimals) == value.copy_abs() and (value >= 0 or field.signed):
                return text
        case FieldKind.DATE, GdvDate():
            day_and_month = f"{value.day or 0:02}{value.month or 0:02}{value.year:04}"
            return day_and_month[-field.length :] if value.day is None else day_and_month
        case _:
            pass
    raise ValueError(f"this is no value for {field.key}, which holds {field.kind.value}")


def _with_pieces(record: Record, pieces: Mapping[int, str]) -> Record:
    """
    Return the record with these characters at their places, which count from 0.
    """
    encoding, short = record.encoding, len(record.raw) < RECORD_LENGTH
    data = record.raw.translate(encoding.inward) if encoding.inward else record.raw
    text = encoding.characters(data)
    if encoding.counts_characters and (text is not None or data.isascii()):
        characters = list((text or data.decode("ascii")).ljust(RECORD_LENGTH))
        for place, piece in pieces.items():
            characters[place : place + len(piece)] = piece
        told = "".join(characters)
        return record.remade((told.rstrip(" ") if short else told).encode())
    cells = bytearray(data.ljust(RECORD_LENGTH))
    for place, piece in pieces.items():
        own = encoding.encode(piece)
        if len(own) != len(piece):
            raise ValueError("the value has more bytes than characters, and does not fit")
        cells[place : place + len(own)] = own
    return record.remade(bytes(cells.rstrip(b" ") if short else cells))

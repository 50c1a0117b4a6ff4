"""Turns a record's bytes into values, as their fields' kinds ask for, and into plain text that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from .encodings import Encoding
from .layouts import Field, FieldKind, Part
from .stretches import Memories, Stretches
from .values import BLANK, GdvDate, Value, decimal, digits, gdv_date, is_readable


Made = TypeVar("Made")


class Decoder:
    """
    Decodes the records of one file.

    `text` returns the text of a record's bytes, blanks and all.  `values` has by part what returns every field's value
    of a record in the part's order, without unused columns that are blank.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.text = encoding.decoder
        values: Memories[Value] = Memories(self._value)
        plain = Memories(self._plain)
        self.values = _Parts(lambda part: _Values(part, values).of)
        self._said = _Parts(lambda part: Stretches(_told(part), plain))

    def value(self, field: Field, record: bytes) -> Value:
        """
        Return one field's value.
        """
        return self._value(field, record[field.place.start : field.place.stop + field.signed])

    def said(self, part: Part, record: bytes) -> dict[str, str]:
        """
        Return in plain text what a record says, as `Record.said` does.
        """
        said: dict[str, str | None] = {}
        self._said[part].fill(said, record)
        return {key: text for key, text in said.items() if text is not None}

    def _value(self, field: Field, data: bytes) -> Value:
        """
        Return what a field's bytes say, behind which an amount's sign stands.
        """
        match field.kind:
            case FieldKind.TEXT:
                return self.text(data.strip(BLANK)) or None
            case FieldKind.DIGITS:
                return digits(data)
            case FieldKind.DATE:
                return gdv_date(data)
            case FieldKind.DECIMAL:
                amount = decimal(_unsigned(field, data), field.decimals)
                return -amount if amount and field.signed and data.endswith(b"-") else amount

    def _plain(self, field: Field, data: bytes) -> str | None:
        match self._value(field, data):
            case Decimal() as amount:
                return format(amount, "f")
            case GdvDate() as date:
                return str(date)
            case None if not field.unused and not is_readable(field, _unsigned(field, data)):
                return self.text(_unsigned(field, data)).strip()
            case text:
                return text


class _Parts(dict[Part, Made]):
    """
    What decodes the records of each part, made when the first of them comes.
    """

    def __init__(self, make: Callable[[Part], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, part: Part) -> Made:
        made = self[part] = self._make(part)
        return made


class _Values:
    """
    The values of one part's records.
    """

    def __init__(self, part: Part, memories: Memories[Value]) -> None:
        self._order = tuple(part.by_key)
        # Filling a copy is faster than letting a dictionary grow.
        self._empty = dict[str, Value].fromkeys(field.key for field in part.fields if not field.unused)
        self._stretches = Stretches(part.fields, memories)

    def of(self, record: bytes) -> dict[str, Value]:
        values = self._empty.copy()
        self._stretches.fill(values, record)
        return values if len(values) == len(self._empty) else self._in_order(values)

    def _in_order(self, values: dict[str, Value]) -> dict[str, Value]:
        """
        Put unused columns, which came last, into their places, and leave them out where they are blank.
        """
        return {key: values[key] for key in self._order if key in self._empty or values.get(key) is not None}


def _unsigned(field: Field, data: bytes) -> bytes:
    return data[:-1] if field.signed else data


def _told(part: Part) -> tuple[Field, ...]:
    """
    Return a part's fields without those that only place the record, and without signs, which the amounts take in.
    """
    return tuple(field for field in part.fields if not field.is_address and not field.is_sign)

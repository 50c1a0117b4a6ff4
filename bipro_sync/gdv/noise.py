"""Which changes are of spelling only: blanks, case, umlauts, how house numbers are written, zeros before numbers."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from ..model.policy_number import normalised
from .layouts import Field, FieldKind


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s/\-]+(?=\d)")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_ELSEWHERE = re.compile(r"(?<!\d)[^\w+]+|[^\w+]+(?!\d)|_")
_STREET = re.compile(r"strasse|str\b")
_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")


def is_spelling(field: Field | None, old: str | None, new: str | None) -> bool:
    """
    Say whether a value was only written differently; *field* is None for what is no field of a layout.

    A number that is absent is written 0 by some; what stands in unused columns says nothing that anybody defined.
    """
    if field is not None and field.unused:
        return True
    if field is not None and field.kind in {FieldKind.DIGITS, FieldKind.DECIMAL}:
        numbers = decimal_of(old or "0"), decimal_of(new or "0")
        return numbers[0] == numbers[1] and None not in numbers
    if field is not None and field.kind is FieldKind.DATE:
        return old == new
    if field is not None and "VsNr" in field.key:
        return normalised(old or "") == normalised(new or "")
    return plain(old or "") == plain(new or "")


def plain(text: str) -> str:
    """
    Return *text* in the one spelling that stands for all that mean the same.

    Separators between digits stay what they are, as 1,50 is not 150; so do signs.

    >>> plain("Musterstraße 007 a") == plain("MUSTERSTR. 7A")
    True
    """
    found = text.casefold().translate(_UMLAUTS)
    found = _COMMA.sub(".", _BETWEEN_DIGITS.sub(" ", found))
    found = _ELSEWHERE.sub("", _STREET.sub("str", found))
    return _ZEROS.sub("", found)


def decimal_of(text: str | None) -> Decimal | None:
    """
    Return the number that a content's value is; None for what is none.
    """
    try:
        found = Decimal(text or "")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None

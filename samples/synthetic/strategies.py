"""Records of any part with values for every field, and files of them, as property tests want them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial

from hypothesis import strategies as st

from bipro_sync.gdv.layouts import Field, FieldKind, Part, parts

from .delivery import LINE_ENDS
from .parts import LINE, Value, prescribed, record
from .words import LINES


LETTERS = st.characters(codec="iso-8859-1", exclude_categories=("C", "Z"))
"""What may stand at a text's beginning and end; between there may be blanks."""
SUBSTITUTES = {
    "0220.010.13": ("1", "3"),
    "0221.010.13": ("1", "3"),
    "0220.010.48": ("4", "8"),
    "0221.010.48": ("4", "8"),
}
"""The other values of Wagnisart that lead to the same layout."""


@dataclass(frozen=True, slots=True)
class Made:
    """
    A record, and the value of each of its fields that holds one, as a reader must give them back.
    """

    part: Part
    text: str
    values: dict[str, Value]


def made(of: Part | None = None) -> st.SearchStrategy[Made]:
    """
    Return the strategy for records of the part, or of any.
    """
    return _values(of).map(partial(_record, of)) if of else st.sampled_from(parts()).flatmap(made)


def _record(of: Part, values: dict[str, Value]) -> Made:
    return Made(of, record(of, values), values)


@cache
def _values(of: Part) -> st.SearchStrategy[dict[str, Value]]:
    fields = [field for field in of.fields if not field.unused and not field.is_sign]
    fixed = {field.key: st.sampled_from(found) for field in fields if (found := _prescribed(of, field))}
    free = {field.key: value_of(field) for field in fields if field.key not in fixed}
    return st.fixed_dictionaries(fixed, optional=free)


def value_of(field: Field) -> st.SearchStrategy[Value]:
    """
    Return the strategy for a field's values, the most extreme that fit into it included.
    """
    match field.kind:
        case FieldKind.DECIMAL:
            return _amounts(field.length, field.decimals, signed=field.signed)
        case FieldKind.DIGITS:
            return _digits(field.length)
        case FieldKind.DATE:
            return _dates(whole=field.date_form == "TTMMJJJJ")
    return _texts(field.length)


@cache
def _amounts(length: int, decimals: int, *, signed: bool) -> st.SearchStrategy[Value]:
    most = 10**length - 1
    return st.integers(-most if signed else 0, most).map(lambda units: Decimal(f"{units}E-{decimals}"))


@cache
def _digits(length: int) -> st.SearchStrategy[Value]:
    return st.integers(0, 10**length - 1).map(lambda number: str(number).rjust(length, "0"))


@cache
def _texts(length: int) -> st.SearchStrategy[Value]:
    within = st.text(LETTERS | st.just(" "), min_size=1, max_size=length)
    return within.map(str.strip).filter(bool)


@cache
def _dates(*, whole: bool) -> st.SearchStrategy[Value]:
    """
    Return the strategy for dates; days, and days with months, may be unknown.
    """
    year, month = st.integers(1, 9999).map("{:04}".format), st.integers(1, 12).map("{:02}".format)
    months = st.tuples(year, month).map("-".join)
    return months | year | st.dates().map(str) if whole else months


def _prescribed(of: Part, field: Field) -> tuple[str, ...]:
    """
    Return what may stand in a field that tells the part, all that leads to the same layout; nothing for other fields.
    """
    value = prescribed(of, field)
    if field.start == LINE and (of.line != "050" or of.record_type in {"0210", "0211", "0212"}):
        return LINES.get(of.line, (value,) if value else ())
    if field.constant and field.name == "Wagnisart":
        return next((each for layout, each in SUBSTITUTES.items() if of.layout.startswith(layout)), (field.constant,))
    return (value,) if value else ()


def files(encoding: str = "iso-8859-1") -> st.SearchStrategy[bytes]:
    """
    Return the strategy for files of such records, with one line end each.
    """
    lists = st.lists(made(), max_size=4).map(lambda found: [each.text.encode(encoding) for each in found])
    return st.tuples(lists, st.sampled_from(LINE_ENDS)).map(lambda made_and_end: made_and_end[1].join(made_and_end[0]))

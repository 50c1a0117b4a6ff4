"""What a packet's trailer (9999) announces, against what its records come to; some are cut, or of another file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .findings import Finding, Severity
from .layouts import Part, part
from .packets import announced
from .record import Record
from .values import cents, is_blank


class _Total(NamedTuple):
    """
    A total of the trailer by short name, and the amount of which part it is the sum of.
    """

    key: str
    layout: str
    amount: str


_TOTALS = (
    _Total("Gesbeitrag", "0200", "GesbeitragNettoInWE"),
    _Total("GesbeitragBruttoInkasso", "0400", "GesbeitragBruttoInWE"),
    _Total("GesprovisionsBetrag", "0400", "GesProvisionsbetragInWE"),
    _Total("Verssleistungen", "0500", "BetragInWEGemaessZahlungsart"),
    _Total("Schadenbearbeitungskost", "0500", "SchadenbearbeitungskostInWE"),
)
_COUNT = "AnzSaetze"
_CUT = 24
"""How many bytes some trailers have: the count and the broker's number."""


class Totals:
    """
    The count and the sums of one packet, whose records are added one by one, header and trailer apart.
    """

    def __init__(self) -> None:
        self._count = 0
        self._sums = dict.fromkeys(_TOTALS, 0)
        self._unreadable: set[_Total] = set()
        self._summed = _summed()

    def add(self, record: Record) -> None:
        """
        Add a record, whatever its type; amounts count in cents with their signs.
        """
        self._count += 1
        for total, place, sign in self._summed.get(record.part, ()):
            data = record.padded[place]
            amount = cents(data)
            if amount is not None:
                self._sums[total] += -amount if record.padded[sign] == b"-" else amount
            elif not is_blank(data):
                self._unreadable.add(total)

    def findings(self, trailer: Record) -> Iterator[Finding]:
        """
        Yield where the trailer announces something else.
        """
        layout = trailer.part or part("9999", 1)
        if len(trailer.padded.rstrip(b" \0")) <= _CUT:
            words = "the trailer ends behind the broker's number and has no totals"
            yield Finding("trailer.cut", Severity.NOTE, words, trailer.number, None, trailer.offset, len(trailer.raw))
        said = announced(trailer)
        if said is None:
            yield _finding(
                trailer, layout, _COUNT, "trailer.no-count", "the trailer does not say how many records there are"
            )
        elif said != self._count:
            words = f"the trailer announces {said} records, there are {self._count}"
            yield _finding(trailer, layout, _COUNT, "trailer.count", words)
        for total in _TOTALS:
            amount = _said(trailer, layout, total)
            if amount is not None and amount != self._sums[total] and total not in self._unreadable:
                words = f"the trailer's total is not the sum of {total.amount} in the packet's records {total.layout}"
                yield _finding(trailer, layout, total.key, "trailer.total", words)


def _said(trailer: Record, layout: Part, total: _Total) -> int | None:
    """
    Return a total in cents; None where there is none that can be read, which is a fault of shape.
    """
    field = layout.field(total.key)
    amount = cents(trailer.padded[field.place])
    if amount is None:
        return None
    sign = trailer.padded[field.place.stop : field.place.stop + 1]
    return -amount if field.signed and sign == b"-" else amount


def _summed() -> dict[Part | None, list[tuple[_Total, slice, slice]]]:
    found: dict[Part | None, list[tuple[_Total, slice, slice]]] = {}
    for total in _TOTALS:
        layout = part(total.layout, 1)
        field = layout.field(total.amount)
        behind = field.place.stop
        found.setdefault(layout, []).append((total, field.place, slice(behind, behind + (1 if field.signed else 0))))
    return found


def _finding(trailer: Record, layout: Part, key: str, code: str, words: str) -> Finding:
    field = layout.field(key)
    return Finding(code, Severity.WARNING, words, trailer.number, key, trailer.offset + field.place.start, field.length)

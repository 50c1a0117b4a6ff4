"""Checks a file against itself and its layouts; whatever is in it, the outcome is findings and never an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .completeness import Completeness
from .findings import Finding, Severity
from .packets import HEADER, TRAILER, Packet, packets
from .reading import Reading
from .record import Record
from .record_types import Family
from .shapes import shape_findings
from .totals import Totals


MOST_LISTED = 20
"""Findings of one code, field and layout that are listed one by one; the others are counted."""


def check(records: Iterable[Record]) -> Iterator[Finding]:
    """
    Yield what is wrong or noteworthy, as it is met; what concerns a whole packet comes at its end, counts come last.

    Nothing in a finding is a customer's value.  Where *records* are a `Reading`, its findings about bytes come, too.

    >>> from bipro_sync.gdv import read
    >>> for finding in check(read(b"9999" + b"0000000007")):
    ...     print(finding.severity.value, finding.code, finding.message)
    warning packet.no-header a packet begins without a header (0001)
    note trailer.cut the trailer ends behind the broker's number and has no totals
    warning trailer.count the trailer announces 7 records, there are 0
    note bytes.short-record a record is shorter than 256 bytes and is read as if blanks followed
    """
    counted = _Counted()
    for layout, finding in _found(records):
        if counted.may_be_listed(layout, finding):
            yield finding
    yield from counted.rest()
    if isinstance(records, Reading):
        yield from records.findings


class _Counted:
    """
    Keeps a file that is broken throughout from telling the same a million times.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str | None], int] = {}
        self._severities: dict[str, Severity] = {}

    def may_be_listed(self, layout: str, finding: Finding) -> bool:
        """
        Count a finding, and say whether it is among the first of its sort.
        """
        key = finding.code, layout, finding.field
        self._severities[finding.code] = finding.severity
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= MOST_LISTED

    def rest(self) -> Iterator[Finding]:
        """
        Yield for each sort how many were not listed.
        """
        for (code, layout, field), count in self._counts.items():
            if count > MOST_LISTED:
                words = f"{count - MOST_LISTED} more of these" + (f" in {layout}" if layout else "")
                yield Finding(code, self._severities[code], words, field=field)


def _found(records: Iterable[Record]) -> Iterator[tuple[str, Finding]]:
    """
    Yield findings, each with the layout that it is about.
    """
    checked: _Checked | None = None
    for packet, record in packets(records):
        if checked is None or packet is not checked.packet:
            if checked is not None:
                yield from checked.close()
            checked = _Checked(packet)
        yield from checked.add(record)
    if checked is not None:
        yield from checked.close()
    else:
        yield "", Finding("file.empty", Severity.ERROR, "there is no record in this file")


class _Checked:
    """
    One packet, record by record.
    """

    def __init__(self, packet: Packet) -> None:
        self.packet = packet
        self._totals = Totals()
        self._completeness = Completeness()
        self._trailer: Record | None = None
        self._last: Record | None = None
        self._has_first_header = False

    def add(self, record: Record) -> Iterator[tuple[str, Finding]]:
        """
        Yield what is wrong with a record where it stands.
        """
        if self._last is None and not self.packet.has_header:
            yield "", _about(record, "packet.no-header", "a packet begins without a header (0001)")
        self._last = record
        start = record.padded[:4]
        if start == TRAILER:
            self._trailer = record
        elif start == HEADER:
            number = record.part.number if record.part else 0
            if number > 1 and not self._has_first_header:
                words = f"a header, 0001, part {number}, comes before its part 1, or without it"
                yield "", _about(record, "order.missing", words)
            self._has_first_header = True
        else:
            self._totals.add(record)
            for finding in self._completeness.add(record):
                yield "", finding
        if record.part is None:
            yield record.record_type if record.family is not Family.UNKNOWN else "", _unread(record)
        for finding in shape_findings(record):
            yield f"{record.part.layout}/{record.part.number}" if record.part else "", finding

    def close(self) -> Iterator[tuple[str, Finding]]:
        """
        Yield what is wrong with the packet.
        """
        for finding in self._completeness.findings():
            yield "", finding
        if self._trailer is not None:
            for finding in self._totals.findings(self._trailer):
                yield "9999", finding
        elif self._last is not None:
            words = "a packet ends without a trailer (9999), and may be cut"
            yield "", _about(self._last, "packet.no-trailer", words)


_UNREAD = {
    Family.BROKER: ("record.no-layout", Severity.WARNING, "a record has a line or a part that no layout describes"),
    Family.OWN: ("record.own", Severity.NOTE, "a record is of a type that each insurer defines for itself"),
    Family.CLAIMS_NETWORK: (
        "record.claims-network",
        Severity.NOTE,
        "a record is of the claims network and is not read",
    ),
    Family.SETTLEMENT: ("record.settlement", Severity.NOTE, "a record is of the settlement data set and is not read"),
    Family.UNKNOWN: ("record.unknown", Severity.WARNING, "a record is of no type that we know"),
}


def _unread(record: Record) -> Finding:
    code, severity, words = _UNREAD[record.family]
    return _about(record, code, words, severity)


def _about(record: Record, code: str, words: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(code, severity, words, record.number, None, record.offset, len(record.raw))

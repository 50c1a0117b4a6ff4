"""Counts what is noteworthy about a file's bytes: one finding a sort, with its first place, however long the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from .findings import Finding, Severity


_WORDS = {
    "bytes.byte-order-mark": (Severity.NOTE, "a byte order mark stands before a record"),
    "bytes.ctrl-z": (Severity.NOTE, "the end-of-file byte of DOS (Ctrl-Z) stands between or behind records"),
    "bytes.blank-lines": (Severity.NOTE, "blank lines stand between or behind records"),
    "bytes.short-record": (Severity.NOTE, "a record is shorter than 256 bytes and is read as if blanks followed"),
    "bytes.long-record": (
        Severity.WARNING,
        "a line is longer than a record; what stands behind column 256 is not read",
    ),
    "bytes.mixed-line-ends": (Severity.NOTE, "not all lines end alike"),
    "bytes.not-utf-8": (Severity.WARNING, "a line of this UTF-8 file is none, and is read as ISO 8859-1"),
}


@dataclass(slots=True)
class _Sort:
    record: int
    offset: int
    length: int | None
    count: int = 1


@dataclass(slots=True)
class Remarks:
    """
    The remarks of one reading.
    """

    _sorts: dict[str, _Sort] = field(default_factory=dict)

    def note(self, code: str, record: int, offset: int, length: int | None = None) -> None:
        """
        Count one.
        """
        if code in self._sorts:
            self._sorts[code].count += 1
        else:
            self._sorts[code] = _Sort(record, offset, length)

    def findings(self) -> tuple[Finding, ...]:
        """
        Return a finding for each sort, in the order they were first met.
        """
        return tuple(self._finding(code, sort) for code, sort in self._sorts.items())

    def _finding(self, code: str, sort: _Sort) -> Finding:
        severity, words = _WORDS[code]
        often = f" ({sort.count} times)" if sort.count > 1 else ""
        return Finding(code, severity, words + often, record=sort.record, offset=sort.offset, length=sort.length)

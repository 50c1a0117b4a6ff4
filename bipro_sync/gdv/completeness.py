"""Whether a packet's contracts have all the records that belong together, in an order in which they can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .codes import Status
from .findings import Finding, Severity
from .layouts import Part
from .record import Record
from .ties import Tie, ties
from .values import cents, is_blank


MOST_FOLLOWED = 2_000_000
"""Five or six for each contract, of a hundred bytes: a file of any size is checked in bounded memory."""

_PREMIUMS = ("GesbeitragInWE", "GespraemieInWE", "BeitragInWE")
"""The short names of a specific record's premium; health, life and investment have none, or another one."""


class _Where(NamedTuple):
    """
    Which record of the file it is, where it begins, and how many bytes it has there.
    """

    number: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    """
    The first record that has come without the one it follows.
    """

    where: _Where
    layout: str
    tie: Tie


@dataclass(slots=True)
class _Premium:
    """
    By how much the premium of general records is more than those of specific ones, in cents, and where the first stood.
    """

    cents: int = 0
    general: _Where | None = None
    is_specific: bool = False
    is_unknown: bool = False

    def add(self, amount: bytes, factor: int = 1) -> None:
        """
        Add an amount so many times; one that cannot be read leaves the difference unknown.
        """
        known = cents(amount)
        self.is_unknown |= known is None and not is_blank(amount)
        self.cents += factor * (known or 0)


class Completeness:
    """
    Follows the policy numbers of one packet, as long as no more than *most* things about them must be remembered.
    """

    def __init__(self, most: int = MOST_FOLLOWED) -> None:
        self._most = most
        self._seen: set[bytes] = set()
        self._waiting: dict[bytes, _Waiting] = {}
        self._premiums: dict[bytes, _Premium] = {}
        self._is_full = False

    def add(self, record: Record) -> Iterator[Finding]:
        """
        Add a record; yield what comes too late.
        """
        layout = record.part
        if layout is None or self._is_full:
            return
        if len(self._seen) + len(self._waiting) + len(self._premiums) >= self._most:
            self._is_full = True
            words = "from this record on, it is not checked whether contracts are complete: there are too many"
            yield _finding("order.too-many", Severity.NOTE, words, _where(record))
            return
        tied = ties(layout)
        for tie in tied.led:
            key = tie.key(record)
            self._seen.add(key)
            late = self._waiting.pop(key, None)
            if late is not None:
                words = f"{tie.leader}, comes behind {late.layout}, which follows it"
                yield _finding("order.late", Severity.NOTE, words, _where(record))
        for tie in tied.needed:
            key = tie.key(record)
            if key not in self._seen and key not in self._waiting:
                name = f"{layout.layout}, part {layout.number}"
                self._waiting[key] = _Waiting(_where(record), name, tie)
        if layout.number == 1 and layout.record_type in {"0200", "0210"}:
            self._add_premium(record, layout)

    def findings(self) -> Iterator[Finding]:
        """
        Yield what is missing at the packet's end.
        """
        for late in self._waiting.values():
            tie = late.tie
            words = tie.words or f"{late.layout}, is there without {tie.leader}"
            yield _finding(tie.code, Severity.WARNING, words, late.where)
        for premium in self._premiums.values():
            if premium.general and premium.is_specific and not premium.is_unknown and premium.cents:
                words = "the premium of a general record (0200) is not the sum of those of the specific ones (0210)"
                yield _finding("contract.premium", Severity.NOTE, words, premium.general)

    def _add_premium(self, record: Record, layout: Part) -> None:
        number = record.padded[4:9] + record.padded[13:30]
        premium = self._premiums.setdefault(number, _Premium())
        if layout.record_type == "0200":
            premium.general = premium.general or _where(record)
            premium.add(record.padded[layout.field("GesbeitragNettoInWE").place])
            return
        premium.is_specific = True
        field = next((layout.by_key[key] for key in _PREMIUMS if key in layout.by_key), None)
        if field is None:
            premium.is_unknown = True
        elif "Vertragsstatus" not in layout.by_key or record["Vertragsstatus"] != Status.CANCELLED:
            premium.add(record.padded[field.place], -1)


def _where(record: Record) -> _Where:
    return _Where(record.number, record.offset, len(record.raw))


def _finding(code: str, severity: Severity, words: str, where: _Where) -> Finding:
    return Finding(code, severity, words, where.number, None, where.offset, where.length)

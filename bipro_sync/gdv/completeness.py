"""Whether a packet's contracts have all the records that belong together, and in an order in which they can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from .belonging import MOTOR_RISKS
from .entities import RUNNING_NUMBERS
from .findings import Finding, Severity
from .layouts import Field, Part, parts
from .record import Record
from .values import decimal


_MOST_POLICIES = 1_000_000
"""Policy numbers of one packet that are followed, so that a file of any size is checked in bounded memory."""

_PREMIUMS = ("GesbeitragInWE", "GespraemieInWE", "BeitragInWE")
"""The short names of a specific record's premium; health, life and investment have none, or another one."""
_CANCELLED = "4"


_Tied = tuple[str, tuple[str, ...], bytes]


@dataclass(slots=True)
class _Policy:
    """
    What was seen under one policy number; records as (number, offset).
    """

    general: tuple[int, int] | None = None
    premium: int = 0
    specific: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    specific_premium: int | None = 0
    risks: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    seen: set[_Tied] = field(default_factory=set)
    waiting: dict[_Tied, tuple[int, int, str]] = field(default_factory=dict)


class Completeness:
    """
    Follows the policy numbers of one packet.
    """

    def __init__(self) -> None:
        self._policies: dict[bytes, _Policy] = {}
        self._is_full = False

    def add(self, record: Record) -> Iterator[Finding]:
        """
        Add a record; yield what comes too late.
        """
        if record.part is None or record.padded[:1] != b"0":
            return
        number = record.padded[4:9] + record.padded[13:30]
        policy = self._policies.get(number)
        if policy is None:
            if len(self._policies) >= _MOST_POLICIES:
                yield from self._too_many(record)
                return
            policy = self._policies[number] = _Policy()
        yield from _in_order(policy, record, record.part)
        _note(policy, record, record.part)

    def findings(self) -> Iterator[Finding]:
        """
        Yield what is missing at the packet's end.
        """
        for policy in self._policies.values():
            yield from _missing(policy)

    def _too_many(self, record: Record) -> Iterator[Finding]:
        if not self._is_full:
            self._is_full = True
            words = f"from this record on, only the first {_MOST_POLICIES} policy numbers are followed"
            yield Finding("order.too-many", Severity.NOTE, words, record.number, None, record.offset)


def _in_order(policy: _Policy, record: Record, layout: Part) -> Iterator[Finding]:
    """
    Yield a finding where a first part comes behind what follows it; note what still waits for its first part.
    """
    needed, led = _ties()
    for tie in led.get(_name(layout), ()):
        key = tie.of(record)
        policy.seen.add(key)
        late = policy.waiting.pop(key, None)
        if late is not None:
            words = f"{tie.name}, comes behind {late[2]}, which follows it"
            yield _finding("order.late", Severity.NOTE, words, (record.number, record.offset))
    if needs := needed.get(_name(layout)):
        key = needs.of(record)
        if key not in policy.seen:
            policy.waiting.setdefault(key, (record.number, record.offset, f"{layout.layout}, part {layout.number}"))


def _note(policy: _Policy, record: Record, layout: Part) -> None:
    here = record.number, record.offset
    line = record.padded[10:13]
    if layout.layout == "0200" and layout.number == 1:
        policy.general = policy.general or here
        policy.premium += _cents(record, layout.field("GesbeitragNettoInWE")) or 0
    elif layout.record_type == "0210" and layout.number == 1:
        policy.specific.setdefault(line, here)
        premium = next((layout.by_key[key] for key in _PREMIUMS if key in layout.by_key), None)
        if premium is None or policy.specific_premium is None:
            policy.specific_premium = None
        elif "Vertragsstatus" not in layout.by_key or record["Vertragsstatus"] != _CANCELLED:
            policy.specific_premium += _cents(record, premium) or 0
    elif layout.record_type == "0220":
        policy.risks.setdefault(line, here)


def _missing(policy: _Policy) -> Iterator[Finding]:
    for (name, _, _), (number, offset, what) in policy.waiting.items():
        words = f"{what}, is there without {name}"
        yield _finding("order.missing", Severity.WARNING, words, (number, offset))
    if policy.general is None and (policy.specific or policy.risks):
        first = min((*policy.specific.values(), *policy.risks.values()))
        yield _finding("contract.no-general", Severity.WARNING, "a contract has no general record (0200)", first)
    for line, first in policy.risks.items():
        if _SPECIFIC_LINES.get(line, frozenset({line})).isdisjoint(policy.specific):
            words = "a contract has risks (0220) and no specific record (0210) of their line"
            yield _finding("contract.no-specific", Severity.WARNING, words, first)
    if policy.general and policy.specific and policy.specific_premium not in {None, policy.premium}:
        words = "the premium of a general record (0200) is not the sum of those of the specific ones (0210)"
        yield _finding("contract.premium", Severity.NOTE, words, policy.general)


def _cents(record: Record, amount: Field) -> int | None:
    value = decimal(record.padded[amount.place], 0)
    return None if value is None else int(value)


def _finding(code: str, severity: Severity, words: str, where: tuple[int, int]) -> Finding:
    return Finding(code, severity, words, where[0], None, where[1], 256)


_SPECIFIC_LINES = {line.encode(): frozenset({b"050", b"600"}) for line in MOTOR_RISKS}


@dataclass(frozen=True, slots=True)
class _Tie:
    """
    That one part follows another, here the *name*d one, and the columns of the running numbers that both have.
    """

    name: str
    keys: tuple[str, ...]
    places: tuple[slice, ...]

    def of(self, record: Record) -> tuple[str, tuple[str, ...], bytes]:
        """
        Return what is the same for the records that this ties together, under one policy number.
        """
        numbers = b",".join(record.padded[place].strip().lstrip(b"0") for place in self.places)
        return self.name, self.keys, record.padded[10:13] + numbers


@cache
def _ties() -> tuple[dict[_Name, _Tie], dict[_Name, list[_Tie]]]:
    """
    Return what each part needs before it, and what each leads: the first part of its layout, and for the first one of
    an extension (0211, 0221), or where that has none, of the layout that it extends.
    """
    firsts = {each.layout: each for each in parts() if each.number == 1}
    needed: dict[_Name, _Tie] = {}
    led: dict[_Name, list[_Tie]] = {}
    for follower in parts():
        extended = f"{follower.record_type[:3]}0{follower.layout[4:]}"
        first = firsts.get(follower.layout) if follower.number > 1 else None
        if first is None and follower.record_type in {"0211", "0221"}:
            first = firsts.get(extended)
        if first is None:
            continue
        needed[_name(follower)] = _tie(first, follower, follower)
        tie = _tie(first, follower, first)
        if tie not in led.setdefault(_name(first), []):
            led[_name(first)].append(tie)
    return needed, led


_Name = tuple[str, int]


def _name(layout: Part) -> _Name:
    return layout.layout, layout.number


def _tie(first: Part, follower: Part, seen_in: Part) -> _Tie:
    keys = tuple(sorted(RUNNING_NUMBERS & first.by_key.keys() & follower.by_key.keys()))
    return _Tie(f"{first.layout}, part 1", keys, tuple(seen_in.by_key[key].place for key in keys))

"""How the records under one policy number fall into contracts, partners, claims and commission entries.

Each function takes the records in the order of the file and yields the rest of a key, behind insurer and policy number,
with the records of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from ..model.policy_number import normalised
from .record import Record


Found: TypeAlias = tuple[tuple[str, ...], list[Record]]

_BUNDLED = b"1"
_GENERAL = b"0200"
MOTOR_RISKS = frozenset({"051", "052", "053", "054", "055", "059"})
_OF_NO_LINE = frozenset({"", "000"})


def contracts(records: list[Record]) -> Iterator[Found]:
    """
    Yield the contracts of a policy number, one a line of business, with the line as key.

    A bundle's general record says line 000 or nothing: it is the general record of each line that has a specific one
    (0210) or a risk.  Cover of a vehicle (051 to 059) belongs to motor insurance.
    """
    sent = {record.padded[9:13] for record in records}
    if len(sent) == 1:
        line = _line(records[0])
        yield ("050" if line in MOTOR_RISKS else line,), records
        return
    motor = "600" if _specific_lines(records, b"021") & {"600", "050"} == {"600"} else "050"
    lines = {motor if line in MOTOR_RISKS else line for line in _specific_lines(records, b"02")}
    own: dict[str, list[Record]] = {}
    shared: list[Record] = []
    for record in records:
        line = motor if _line(record) in MOTOR_RISKS else _line(record)
        bundled = line in _OF_NO_LINE or record.padded[9:10] == _BUNDLED
        if line not in lines and bundled and not _is_specific(record):
            shared.append(record)
        else:
            own.setdefault(line, []).append(record)
    for line, members in _with_shared(own, shared).items():
        yield (line,), members


def partners(records: list[Record]) -> Iterator[Found]:
    """
    Yield the addresses of a policy number, each from its part 1 on, with role and ordinal in that role as key.

    Among those of one role, the numbers of persons and customers decide about the order, before the file does.
    """
    if len(records) == 1:
        # Most policy numbers have one address of one part.
        yield (_person(records)[0], "1"), records
        return
    found: list[list[Record]] = []
    for record in records:
        if not found or (record.padded[:4] == b"0100" and (_part(record) <= 1 or _has_part(found[-1], record))):
            found.append([])
        found[-1].append(record)
    counted: Counter[str] = Counter()
    for role, _, members in sorted(((*_person(each), each) for each in found), key=lambda each: each[:2]):
        counted[role] += 1
        yield (role, str(counted[role])), members


def claims(records: list[Record]) -> Iterator[Found]:
    """
    Yield the steps of claims, with line, the insurer's claim number, the step's number and an ordinal as key.
    """
    found: dict[tuple[str, ...], list[list[Record]]] = {}
    last: dict[str, list[Record]] = {}
    claim = ""
    for record in records:
        if record.padded[:4] == b"0500" and _part(record) > 1:
            number, step = normalised(record.text(104, 20)), ""
            # Some senders cut the number in the first part, which has less room for it in their systems.
            known = last.get(number) or (last.get(claim) if number.startswith(claim) or not number else None)
            if known is not None:
                known.append(record)
                continue
        else:
            number, step = normalised(record.text(43, 20)), record.text(63, 3).strip()
        claim = number
        last[claim] = [record]
        found.setdefault((_line(record), claim, step), []).append(last[claim])
    yield from _numbered(found)


def commission(records: list[Record]) -> Iterator[Found]:
    """
    Yield the entries of a settlement, with line, what is booked when for which time, and an ordinal as key.

    An entry begins with part 1 of record 0400, and has what follows of partial lines (0410), tax (0420) and text
    (0430); a declaration (0450) is an entry of its own.
    """
    found: dict[tuple[str, ...], list[list[Record]]] = {}
    latest: list[Record] | None = None
    for record in records:
        start = record.padded[:4]
        begins = start == b"0450" or (start == b"0400" and _part(record) <= 1)
        if latest is None or begins:
            about = record.text(44, 26) if start == b"0400" else record.text(43, 16 if start == b"0410" else 8)
            latest = []
            found.setdefault((_line(record), normalised(about)), []).append(latest)
        latest.append(record)
    yield from _numbered(found)


def _numbered(found: dict[tuple[str, ...], list[list[Record]]]) -> Iterator[Found]:
    for key, each in found.items():
        for ordinal, members in enumerate(each, 1):
            yield (*key, str(ordinal)), members


def _line(record: Record) -> str:
    return record.padded[10:13].decode("latin-1").strip()


def _is_specific(record: Record) -> bool:
    return record.padded[:2] == b"02" and record.padded[:3] != b"020"


def _specific_lines(records: list[Record], begins: bytes) -> set[str]:
    return {_line(record) for record in records if _is_specific(record) and record.padded.startswith(begins)}


def _with_shared(own: dict[str, list[Record]], shared: list[Record]) -> dict[str, list[Record]]:
    """
    Return the contracts with what several have in common; who has a general record of its own needs no other.
    """
    generals = {line for line, members in own.items() if any(each.padded[:4] == _GENERAL for each in members)}
    given = {line: list(members) for line, members in own.items()}
    for record in shared:
        takers = [line for line in own if record.padded[:4] != _GENERAL or line not in generals]
        for line in takers or [_line(record)]:
            given.setdefault(line, []).append(record)
    return {line: sorted(members, key=lambda record: record.number) for line, members in given.items()}


def _part(record: Record) -> int:
    return record.part.number if record.part is not None else 0


def _has_part(members: list[Record], record: Record) -> bool:
    return any(each.part is record.part for each in members)


def _person(members: list[Record]) -> tuple[str, tuple[str, ...]]:
    """
    Return the role of an address, and the numbers that tell it from others of this role.
    """
    role, numbers = "", ("", "", "")
    for record in members:
        if record.padded[:4] != b"0100":
            continue
        if _part(record) <= 1:
            role = record.text(237, 2).strip()
        elif _part(record) == 2:  # noqa: PLR2004  # where the numbers stand
            numbers = (record.text(250, 6).strip(), normalised(record.text(43, 17)), normalised(record.text(60, 17)))
    return role, numbers

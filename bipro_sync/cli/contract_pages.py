"""How contracts and what belongs to them are shown, to people and to programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from .console import one_line


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..catalog import Seen, State
    from ..sync.gdv_contracts import Version


def contract_json(state: State) -> dict[str, object]:
    """
    Return a contract's object of `contracts list --json`.
    """
    from ..sync.gdv_contracts import contract_of

    known = contract_of(state)
    return {
        "insurer": state.insurer,
        "insurer_number": known.insurer,
        "policy_number": known.policy_number,
        "policy_number_sent": known.policy_number_sent,
        "line": known.line,
        "status": known.status,
        "begin": known.begin,
        "end": known.end,
        "premium": None if known.premium is None else str(known.premium),
        "currency": known.currency,
        "product": known.product,
        "since": _seen_json(state.since, state.records),
    }


def state_json(state: State) -> dict[str, object]:
    """
    Return a state with all its fields, as `contracts show --json` has it.
    """
    return {
        "insurer": state.insurer,
        "key": list(state.key),
        "since": _seen_json(state.since, state.records),
        "until": _seen_json(state.until) if state.until else None,
        "fields": dict(state.content),
    }


def _seen_json(seen: Seen, records: Sequence[int] = ()) -> dict[str, object]:
    return {
        "shipment": seen.shipment,
        "at": seen.at.isoformat(),
        "path": str(seen.path) if seen.path else None,
        "file": seen.place.position,
        "entry": seen.place.member,
        "packet": seen.packet,
        "records": list(records),
    }


def version_json(version: Version) -> dict[str, object]:
    """
    Return a version with what changed in it, as `contracts history --json` has it.
    """
    state = version.state
    return {
        "since": _seen_json(state.since, state.records),
        "until": _seen_json(state.until) if state.until else None,
        "changes": [asdict(each) for each in version.changes],
    }


def table(console: RichConsole, states: Sequence[State]) -> None:
    """
    Draw a line for each contract.
    """
    from ..sync.gdv_contracts import contract_of
    from .tables import table_of

    drawn = table_of(("insurer", "policy number", "line", "status", "begin", "end", "premium", "shipment"))
    for state in states:
        known = contract_of(state)
        premium = "-" if known.premium is None else f"{known.premium} {known.currency or ''}"
        said = (known.policy_number_sent, known.line, known.status, known.begin, known.end)
        drawn.add_row(state.insurer, *(each or "-" for each in said), premium, state.since.shipment)
    console.print(drawn if states else "No contracts.")


def page(console: RichConsole, states: Sequence[State]) -> None:
    """
    Draw states with all their fields.
    """
    for state in states:
        console.print(one_line(f"{_head(state)}: {_way(state)}"))
        for place, records in state.content.items():
            for fields in records:
                console.print(one_line(f"  {place}"))
                for name, value in fields.items():
                    console.print(one_line(f"    {name}: {value}"))


def pages(console: RichConsole, things: Sequence[Sequence[Version]]) -> None:
    """
    Draw the versions of things, oldest first, and what changed in each.
    """
    for each in things:
        console.print(one_line(_head(each[0].state)))
        for version in each:
            console.print(one_line(f"  {_way(version.state)}"))
            for change in version.changes:
                what = f"{change.place} {change.field}: {change.old or '-'} -> {change.new or '-'}"
                console.print(one_line(f"    {what}{' (written otherwise)' if change.is_noise else ''}"))


def _head(state: State) -> str:
    return f"{state.insurer}: {state.kind} {' '.join(state.key)}"


def _way(state: State) -> str:
    """
    Say from when to when a state is valid, and where it stands.
    """
    since, records = state.since, state.records
    where = f"{since.place}, records {', '.join(map(str, records))}" if records else str(since.place)
    said = f"since {since.at:%Y-%m-%d} (shipment {since.shipment}, {where})"
    return f"{said}, until {state.until.at:%Y-%m-%d} (shipment {state.until.shipment})" if state.until else said

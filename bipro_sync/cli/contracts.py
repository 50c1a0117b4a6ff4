"""`bipro-sync contracts`: what GDV files told of contracts, with the way back to shipment, file and records."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .choose import chosen_shipment
from .console import Invocation, invocation, one_line
from .reading import Look, Purpose, looking


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..catalog import Seen, State
    from ..model.rights import Verb
    from ..sync.gdv_contracts import Version


Insurers = Annotated[list[str] | None, typer.Option("--insurer", metavar="NAME", help="Only this insurer; repeatable.")]
Number = Annotated[str, typer.Argument(metavar="VSNR", help="The policy number, with or without blanks and signs.")]

_STATUSES = {
    "living": "12",
    "resting": "3",
    "cancelled": "4",
    "storniert": "4",
    "paid-up": "567",
    "deferred": "8",
    "other": "9",
}
"""Words for the codes of a contract's status (Vertragsstatus)."""


def register(app: typer.Typer) -> None:
    """
    Add `contracts list`, `contracts show`, `contracts history` and `contracts diff`.
    """
    group = typer.Typer(help="Contracts, as GDV files told of them.")
    group.command("list")(list_contracts)
    group.command("show")(show_contract)
    group.command("history")(show_history)
    group.command("diff")(show_differences)
    app.add_typer(group, name="contracts")


def list_contracts(
    context: typer.Context,
    insurer: Insurers = None,
    status: Annotated[
        list[str] | None,
        typer.Option(metavar="STATUS", help=f"A code, or one of {', '.join(_STATUSES)}; repeatable."),
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option(metavar="LINE", help="Three digits, such as 050 for motor; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N.")] = None,
    purpose: Purpose = None,
) -> None:
    """
    Show the contracts that the latest deliveries have.
    """
    from ..gdv.grouping import Kind
    from ..model.rights import Verb

    this = invocation(context)
    codes = [code for each in status or () for code in _codes(each)]
    with looking(this, Verb.CONTRACTS_LIST, insurers=insurer or (), purpose=purpose) as look:
        states = list(
            look.queries.gdv.states(
                [Kind.CONTRACT], insurers=look.insurers, statuses=codes, lines=line or (), limit=limit
            )
        )
        look.note_of(state.insurer for state in states)
        _warn_of_waiting(this, look)
    this.console.answer([_contract_json(each) for each in states], lambda console: _table(console, states))


def _codes(status: str) -> str:
    if status in _STATUSES:
        return _STATUSES[status]
    if len(status) == 1 and status.isalnum():
        return status
    raise UsageError(f"{status} is no status; it is a code, or one of {', '.join(_STATUSES)}.")


def _warn_of_waiting(this: Invocation, look: Look) -> None:
    if waiting := sum(look.queries.gdv.waiting(look.insurers).values()):
        this.console.note(
            f"The GDV files of {waiting} shipment(s) were not looked at yet; `bipro-sync archive index` does it now."
        )


def show_contract(context: typer.Context, number: Number, insurer: Insurers = None, purpose: Purpose = None) -> None:
    """
    Show a contract's latest state.  Its partners, claims and commission come with it, every field of them.
    """
    from ..model.rights import Verb

    this = invocation(context)
    policy, method, versions = _found(this, Verb.CONTRACTS_SHOW, number, insurer or (), purpose)
    latest = [each[-1].state for each in versions]
    document: dict[str, object] = {"policy_number": policy, "match": method}
    for kind in ("contract", "partner", "claim", "commission"):
        document[kind] = [_state_json(each) for each in latest if each.kind == kind]
    this.console.answer(document, lambda console: _page(console, latest))


def show_history(context: typer.Context, number: Number, insurer: Insurers = None, purpose: Purpose = None) -> None:
    """
    Show every state a contract has had, and what changed.  Its partners, claims and commission come with it.
    """
    from ..model.rights import Verb

    this = invocation(context)
    policy, method, versions = _found(this, Verb.CONTRACTS_HISTORY, number, insurer or (), purpose)
    document = {
        "policy_number": policy,
        "match": method,
        "history": [
            {
                "insurer": each[0].state.insurer,
                "kind": each[0].state.kind,
                "key": list(each[0].state.key),
                "versions": [_version_json(version) for version in each],
            }
            for each in versions
        ],
    }
    this.console.answer(document, lambda console: _pages(console, versions))


def show_differences(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The id of the earlier shipment.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The id of the later one.")],
    insurer: Annotated[str | None, typer.Option(metavar="NAME", help="Whose, where several have these ids.")] = None,
    noise: Annotated[bool, typer.Option("--noise", help="Also what is only written differently.")] = False,
    purpose: Purpose = None,
) -> None:
    """
    Tell what changed between two deliveries.  Both lie in the archive; for other files there is `gdv diff`.
    """
    from ..model.rights import Verb
    from ..sync.gdv_deliveries import delivery_differences
    from .gdv_diff import tell

    this = invocation(context)
    asked = () if insurer is None else (insurer,)
    with looking(this, Verb.CONTRACTS_DIFF, insurers=asked, purpose=purpose) as look:
        before, after = (chosen_shipment(look.queries, each, insurer) for each in (old, new))
        for entry in (before, after):
            if entry.stored_at is None or not entry.shown:
                raise UsageError(f"Shipment {entry.id} of {entry.insurer} is {entry.state}; there is nothing to read.")
        files = look.queries.files([before, after])
        look.note([before, after])
        deliveries = [(entry, files[entry.number]) for entry in (before, after)]
        with delivery_differences(look.archive, *deliveries, noise=noise) as found:
            tell(this.console, found, {"old": before.id, "new": after.id})


def _found(
    this: Invocation, verb: Verb, number: str, insurers: Collection[str], purpose: str | None
) -> tuple[str, str, list[list[Version]]]:
    """
    Return the policy number that is meant, how it was found, and all that is known of it.
    """
    from ..sync.gdv_contracts import KINDS, policy_meant, versions

    with looking(this, verb, insurers=insurers, purpose=purpose) as look:
        match = policy_meant(this.config(), look.queries.gdv, number, look.insurers)
        states = look.queries.gdv.states(KINDS, insurers=look.insurers, policy=match.number, latest=False)
        found = list(versions(states))
        look.note_of(each[0].state.insurer for each in found)
        _warn_of_waiting(this, look)
    return match.number or "", match.method, found


def _contract_json(state: State) -> dict[str, object]:
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


def _state_json(state: State) -> dict[str, object]:
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


def _version_json(version: Version) -> dict[str, object]:
    state = version.state
    return {
        "since": _seen_json(state.since, state.records),
        "until": _seen_json(state.until) if state.until else None,
        "changes": [asdict(each) for each in version.changes],
    }


def _table(console: RichConsole, states: Sequence[State]) -> None:
    from ..sync.gdv_contracts import contract_of
    from .tables import table_of

    table = table_of(("insurer", "policy number", "line", "status", "begin", "end", "premium", "shipment"))
    for state in states:
        known = contract_of(state)
        premium = "-" if known.premium is None else f"{known.premium} {known.currency or ''}"
        said = (known.policy_number_sent, known.line, known.status, known.begin, known.end)
        table.add_row(state.insurer, *(each or "-" for each in said), premium, state.since.shipment)
    console.print(table if states else "No contracts.")


def _page(console: RichConsole, states: Sequence[State]) -> None:
    for state in states:
        console.print(one_line(f"{_head(state)}: {_way(state)}"))
        for place, records in state.content.items():
            for fields in records:
                console.print(one_line(f"  {place}"))
                for name, value in fields.items():
                    console.print(one_line(f"    {name}: {value}"))


def _pages(console: RichConsole, things: Sequence[Sequence[Version]]) -> None:
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

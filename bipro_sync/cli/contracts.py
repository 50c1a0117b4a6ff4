"""`bipro-sync contracts`: what GDV files told of contracts, with the way back to shipment, file and records."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .choose import chosen_shipment
from .console import Invocation, invocation
from .contract_pages import contract_json, page, pages, state_json, table, version_json
from .reading import Look, Purpose, looking


if TYPE_CHECKING:
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
    this.console.answer([contract_json(each) for each in states], lambda console: table(console, states))


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
    from ..sync.gdv_contracts import KINDS

    this = invocation(context)
    document, versions = _found(this, Verb.CONTRACTS_SHOW, number, insurer or (), purpose)
    latest = [each[-1].state for each in versions]
    for kind in KINDS:
        document[kind] = [state_json(each) for each in latest if each.kind == kind]
    this.console.answer(document, lambda console: page(console, latest))


def show_history(context: typer.Context, number: Number, insurer: Insurers = None, purpose: Purpose = None) -> None:
    """
    Show every state a contract has had, and what changed.  Its partners, claims and commission come with it.
    """
    from ..model.rights import Verb

    this = invocation(context)
    document, versions = _found(this, Verb.CONTRACTS_HISTORY, number, insurer or (), purpose)
    document["history"] = [
        {
            "insurer": each[0].state.insurer,
            "kind": each[0].state.kind,
            "key": list(each[0].state.key),
            "versions": [version_json(version) for version in each],
        }
        for each in versions
    ]
    this.console.answer(document, lambda console: pages(console, versions))


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
) -> tuple[dict[str, object], list[list[Version]]]:
    """
    Return which policy number is meant and how it was found, as the beginning of a document, and all that is known of
    it; say beside the answer what of that a person should know.
    """
    from ..sync.gdv_contracts import KINDS, policy_meant, versions

    with looking(this, verb, insurers=insurers, purpose=purpose) as look:
        match = policy_meant(this.config(), look.queries.gdv, number, look.insurers)
        states = (
            state
            for kind in KINDS
            for state in look.queries.gdv.states([kind], insurers=look.insurers, policy=match.number, latest=False)
        )
        found = list(versions(states))
        look.note_of(each[0].state.insurer for each in found)
        _warn_of_waiting(this, look)
    if not match.is_certain:
        this.console.note("The number is not given in full; no other contract can be meant by it.")
    if match.unknown_area:
        this.console.note("The number's area (Arbeitsgebiet) is none that is known of its insurer.")
    about = {"policy_number": match.number or "", "match": match.method, "unknown_area": match.unknown_area}
    return about, found

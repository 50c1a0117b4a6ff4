"""`bipro-sync archive prune`: shows what may go, and lets it go when it is told by the plan's id."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .console import invocation, one_line


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..sync.prune_plan import PrunePlan


Execute = Annotated[
    str | None, typer.Option(metavar="PLAN-ID", help="Carry out the plan with this id; without it nothing is changed.")
]

Today = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Today's date, where no insurer's answer vouches for the clock."),
]


def prune_archive(context: typer.Context, execute: Execute = None, today: Today = None) -> None:
    """
    Show what is past its term, or let it go.  Tombstones with every digest stay.
    """
    from ..archive import CopyPlace
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.prune_plan import plan_prune
    from ..sync.pruning import execute_prune
    from ..sync.workplace import open_site, open_workplace
    from .counting import counted

    this = invocation(context)
    config, clock = this.config(), SystemClock()
    if execute is None:
        with open_workplace(config, clock, Verb.ARCHIVE_PRUNE, identity=this.identity) as place:
            plan = plan_prune(place.layout, place.queries, config.terms, CopyPlace.of(config), clock.now())
        this.console.answer(_document(plan, executed=False), lambda out: _show(out, plan))
        return
    with open_site(config, clock, Verb.ARCHIVE_PRUNE, this.identity) as site, counted(this.console, "Pruning") as step:
        plan = execute_prune(site, execute, today=today.date() if today else None, step=step)
    this.console.acted(_document(plan, executed=True), lambda out: _done(out, plan))


def _document(plan: PrunePlan, *, executed: bool) -> dict[str, object]:
    return {
        "plan": plan.id,
        "executed": executed,
        "shipments": [each.as_json() for each in plan.over],
        "bytes": plan.bytes,
        "stays": [each.as_json() for each in plan.stays],
        "in_the_way": list(plan.in_the_way),
        "exit_code": 0,
    }


def _show(out: RichConsole, plan: PrunePlan) -> None:
    counts = Counter((each.insurer, each.kind.value, each.stored_at.year) for each in plan.over)
    for (insurer, kind, year), count in sorted(counts.items()):
        out.print(one_line(f"{insurer}: {count} of kind {kind}, stored in {year}"))
    for stays in plan.stays:
        out.print(one_line(f"stays: {stays.path}: {stays.reason}"), soft_wrap=True)
    for each in plan.in_the_way:
        out.print(one_line(f"in the way: {each}"), soft_wrap=True)
    if plan.over:
        out.print(f"{len(plan.over)} deliveries, {plan.bytes / 1000:,.0f} kB, may go; nothing was removed.")
        out.print(f"To remove them for good: bipro-sync archive prune --execute {plan.id}")
        for target, count in sorted(Counter(target for each in plan.over for target in each.handed_to).items()):
            out.print(f"{count} of them were handed over to {target}, which keeps what it has: erase them there, too.")
        out.print("What was handed over to other systems, and backups, keep what they have.")
    else:
        out.print("Nothing may go: no term is over, or what is over must stay.")


def _done(out: RichConsole, plan: PrunePlan) -> None:
    out.print(f"{len(plan.over)} deliveries, {plan.bytes / 1000:,.0f} kB, have given way to their tombstones.")

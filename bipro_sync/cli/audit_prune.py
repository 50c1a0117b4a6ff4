"""`bipro-sync audit prune`: shows which segments of the log may go, and removes them when told by the plan's id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .console import invocation
from .prune import Execute, Today


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..sync.audit_prune_plan import AuditPrunePlan


def add_to(group: typer.Typer) -> None:
    """
    Add the command to `audit`.
    """
    group.command("prune")(prune_log)


def prune_log(context: typer.Context, execute: Execute = None, today: Today = None) -> None:
    """
    Show what of the log is past its term, or remove it.  The rest stays verifiable.
    """
    from ..archive import Layout
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import acting
    from ..sync.audit_prune_plan import plan_audit_prune
    from ..sync.audit_pruning import execute_audit_prune
    from ..sync.workplace import open_site

    this = invocation(context)
    config, clock = this.config(), SystemClock()
    if execute is None:
        with acting(config, clock, Verb.AUDIT_PRUNE, identity=this.identity):
            plan = plan_audit_prune(Layout(config.archive.root), config.terms, clock.now())
        this.console.answer(_document(plan, executed=False), lambda out: _show(out, plan))
        return
    with open_site(config, clock, Verb.AUDIT_PRUNE, this.identity) as site:
        plan = execute_audit_prune(site, execute, today=today.date() if today else None)
    this.console.acted(_document(plan, executed=True), lambda out: _done(out, plan))


def _document(plan: AuditPrunePlan, *, executed: bool) -> dict[str, object]:
    return {
        "plan": plan.id,
        "executed": executed,
        "segments": list(range(plan.first, plan.last + 1)),
        "records": plan.records if plan.goes else 0,
        "until": plan.latest if plan.goes else None,
        "bytes": plan.bytes,
        "stays": plan.objection,
        "unfinished": list(plan.unfinished),
        "exit_code": 0,
    }


def _show(out: RichConsole, plan: AuditPrunePlan) -> None:
    if plan.goes or plan.unfinished:
        out.print(
            f"{plan.goes} segments, {plan.bytes / 1000:,.0f} kB, with records up to {plan.records} may go; nothing was "
            "removed.",
            soft_wrap=True,
        )
        out.print(f"To remove them for good: bipro-sync audit prune --execute {plan.id}")
    else:
        out.print("Nothing may go.")
    out.print(f"Beyond that, {plan.objection}.", soft_wrap=True)


def _done(out: RichConsole, plan: AuditPrunePlan) -> None:
    out.print(f"{plan.goes} segments with records up to {plan.records} are gone; the rest begins behind them.")

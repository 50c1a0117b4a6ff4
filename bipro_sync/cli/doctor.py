"""`bipro-sync doctor`: everything that can be checked before it hurts; it asks no insurer and mends nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from .choose import chosen_insurers
from .console import invocation
from .reading import reading


if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from rich.console import Console as RichConsole

    from ..doctor import Past
    from ..insurers import Insurer


def register(app: typer.Typer) -> None:
    """
    Add `doctor`.
    """
    app.command("doctor")(doctor)


def doctor(
    context: typer.Context,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
) -> None:
    """
    Check all that can be checked without a call.  Configuration, secrets, certificates, archive, clocks, rights.
    """
    from ..doctor import Verdict, examine, exit_code
    from ..model.ports import SystemClock

    this = invocation(context)
    config = this.config()
    insurers = chosen_insurers(config, insurer or ())
    now = SystemClock().now()
    past = partial(past_of, root=config.archive.root, now=now)
    checks = list(examine(config, insurers, archive=partial(reading, config), past=past, now=now))
    code = exit_code(checks)

    def render(console: RichConsole) -> None:
        from .tables import table_of

        table = table_of(("verdict", "insurer", "check", "what was found"))
        for check in checks:
            table.add_row(check.verdict.value, check.insurer or "-", check.id, check.sentence)
        console.print(table)
        for check in checks:
            if check.verdict is not Verdict.OK:
                console.print(f"{check.insurer or 'all'}, {check.id}: {check.remedy}", soft_wrap=True)

    document = {"checks": [check.as_json() for check in checks], "exit_code": int(code)}
    this.console.answer(document, render)
    raise typer.Exit(code)


def past_of(insurer: Insurer, *, root: Path, now: datetime) -> Past:
    """
    Return what earlier runs have left behind of an insurer.
    """
    from ..archive import Layout
    from ..doctor import Past
    from ..sync.breaker import breaker_state
    from ..sync.memory import remembered
    from ..sync.stop_switch import suspension_of

    layout = Layout(root)
    if not layout.is_begun:
        return Past()
    state, memory = breaker_state(layout, insurer.account), remembered(layout, insurer.name)
    suspension = suspension_of(layout, insurer.name)
    return Past(
        suspended=str(suspension) if suspension else None,
        objection=state.objection(None, now),
        refused=next((refusal.reason for refusal in reversed(state.refusals) if refusal.answered), None),
        clock_skew=memory.clock_skew,
        clock_seen_at=memory.clock_seen_at,
        missing_rights={each.kind: each.right for each in memory.missing_rights},
        list_remarks=memory.list_remarks,
    )

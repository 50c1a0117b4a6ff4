"""`bipro-sync insurers`: what is known of each insurer and how it is talked to; secrets show as their references."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode
from . import insurer_add, insurer_letter, stop_switch
from .choose import chosen_insurer, chosen_insurers
from .console import invocation
from .words import reason_of


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..insurers import Insurer, MisconfiguredInsurer


def register(app: typer.Typer) -> None:
    """
    Add `insurers list`, `insurers show`, `insurers unblock`, `insurers add`,
    `insurers letter` and the stop switch.
    """
    group = typer.Typer(help="The insurers of the configuration and their profiles.")
    group.command("list")(list_insurers)
    group.command("show")(show_insurer)
    group.command("unblock")(unblock_insurer)
    insurer_add.add_to(group)
    insurer_letter.add_to(group)
    stop_switch.add_to(group)
    app.add_typer(group, name="insurers")


def unblock_insurer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in [insurers.NAME].")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What was found and mended; stands in the audit log.")],
) -> None:
    """
    Allow logins again after refusals.  Mend their cause first: a third wrong one would lock the account.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.breaker import Breaker
    from ..sync.workplace import open_workplace

    this = invocation(context)
    insurer = chosen_insurer(this.config(), name)
    opened = open_workplace(
        this.config(), SystemClock(), Verb.INSURERS_UNBLOCK, insurers=[name], identity=this.identity
    )
    with opened as place:
        breaker = Breaker(place.layout, insurer.account, insurer=name, log=place.audit, clock=place.clock)
        was_open = breaker.unblock(reason_of(reason))
    said = "Logins are allowed again." if was_open else "Nothing stood in the way of logins."
    this.console.acted({"insurer": name, "account": insurer.account, "was_open": was_open}, lambda out: out.print(said))


def list_insurers(context: typer.Context) -> None:
    """
    List the insurers of the configuration.
    """
    from ..insurers import effective

    this = invocation(context)
    config = this.config()
    rows = [_row(insurer, config.archive.root) for insurer in effective(config).values()]

    def render(out: RichConsole) -> None:
        from .tables import table_of

        keys = ("insurer", "profile", "account", "environment", "login")
        table = table_of((*keys, "acknowledge", "logins", "problems"))
        for row in rows:
            problems = row["problems"]
            logins, _, objection = str(row["logins"]).partition(": ")
            in_the_way = logins if objection else "-"
            table.add_row(
                *(_shown(row[key]) for key in keys),
                str(row["acknowledge"] or "not set"),
                "suspended" if row["suspended"] else in_the_way,
                str(len(problems)) if isinstance(problems, list) and problems else "-",
            )
        out.print(table)

    this.console.answer(rows, render)


def show_insurer(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="As in [insurers.NAME].")]
) -> None:
    """
    Show how one insurer is talked to.  Also what its profile says, with source and date.
    """
    from ..insurers import MisconfiguredInsurer
    from .insurer_page import page_of

    this = invocation(context)
    config = this.config()
    insurer = chosen_insurers(config, [name])[0]
    page = _row(insurer, config.archive.root)
    if not isinstance(insurer, MisconfiguredInsurer):
        page |= page_of(insurer)

    def render(out: RichConsole) -> None:
        for key, value in page.items():
            if value in ([], {}):
                continue
            if isinstance(value, list):
                out.print(f"{key}:", *(f"\n  - {each}" for each in value), sep="")
            elif isinstance(value, Mapping):
                out.print(f"{key}:", *(f"\n  {part} = {_shown(each)}" for part, each in value.items()), sep="")
            else:
                out.print(f"{key}: {_shown(value)}")

    this.console.answer(page, render)
    if isinstance(insurer, MisconfiguredInsurer):
        raise typer.Exit(ExitCode.CONFIGURATION)


def _shown(value: object) -> str:
    """
    Return a value in a person's words, not in Python's.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in {None, ""} else str(value)


def _row(insurer: Insurer | MisconfiguredInsurer, root: Path) -> dict[str, object]:
    from ..archive import Layout
    from ..insurers import MisconfiguredInsurer
    from ..sync.stop_switch import suspension_of

    if isinstance(insurer, MisconfiguredInsurer):
        nothing = dict.fromkeys(("suspended", "profile", "account", "environment", "login", "acknowledge"))
        return {"insurer": insurer.name, "logins": None, "problems": list(insurer.problems), **nothing}
    suspension = suspension_of(Layout(root), insurer.name)
    return {
        "insurer": insurer.name,
        "logins": _logins(insurer, root),
        "suspended": suspension.as_json() if suspension else None,
        "problems": [],
        "profile": insurer.profile.name,
        "account": insurer.account,
        "environment": insurer.environment,
        "login": insurer.auth.shown_method,
        "acknowledge": insurer.acknowledge,
    }


def _logins(insurer: Insurer, root: Path) -> str:
    """
    Say whether a login may be tried and, behind a colon, what stands in the way of it.
    """
    from ..archive import Layout
    from ..model.ports import SystemClock
    from ..sync.breaker import breaker_state

    layout = Layout(root)
    if not layout.is_begun:
        return "none tried yet"
    state = breaker_state(layout, insurer.account)
    if objection := state.objection(None, SystemClock().now()):
        return f"blocked: {objection}"
    if refused := [refusal.reason for refusal in state.refusals if refusal.answered]:
        return f"new credential only: {refused[-1]}"
    return "allowed"

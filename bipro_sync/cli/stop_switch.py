"""`bipro-sync insurers suspend` and `resume`: the stop switch of one insurer, with a reason on record."""

from __future__ import annotations

from typing import Annotated

import typer

from .choose import chosen_insurer
from .console import invocation
from .words import reason_of


Name = Annotated[str, typer.Argument(metavar="NAME", help="As in [insurers.NAME].")]


def add_to(group: typer.Typer) -> None:
    """
    Add both commands to `insurers`.
    """
    group.command("suspend")(suspend_insurer)
    group.command("resume")(resume_insurer)


def suspend_insurer(
    context: typer.Context,
    name: Name,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why nothing may be sent; stands in the audit log.")],
) -> None:
    """
    Send nothing to this insurer until it is resumed.  Pulls of it end with 17, without a login.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.suspension import suspend
    from ..sync.workplace import open_workplace

    this = invocation(context)
    insurer, reason = chosen_insurer(this.config(), name), reason_of(reason)
    opened = open_workplace(
        this.config(), SystemClock(), Verb.INSURERS_SUSPEND, insurers=[name], identity=this.identity
    )
    with opened as place:
        suspension = suspend(place, insurer, reason)
    document = {"insurer": name, "suspended": suspension.as_json()}
    this.console.acted(document, lambda out: out.print(f"{name} is {suspension}."))


def resume_insurer(
    context: typer.Context,
    name: Name,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it may go on; stands in the audit log.")],
) -> None:
    """
    Let a suspended insurer be pulled again.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.suspension import resume
    from ..sync.workplace import open_workplace

    this = invocation(context)
    insurer, reason = chosen_insurer(this.config(), name), reason_of(reason)
    opened = open_workplace(this.config(), SystemClock(), Verb.INSURERS_RESUME, insurers=[name], identity=this.identity)
    with opened as place:
        was_suspended = resume(place, insurer, reason)
    said = f"{name} may be pulled again." if was_suspended else f"{name} was not suspended."
    this.console.acted({"insurer": name, "was_suspended": was_suspended}, lambda out: out.print(said))

"""`bipro-sync schedule`: when each insurer is due, as the daemon reckons it; it only looks."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode
from .choose import chosen_insurers
from .console import invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole


def register(app: typer.Typer) -> None:
    """
    Add `schedule`.
    """
    app.command("schedule")(schedule)


def schedule(
    context: typer.Context,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
    number: Annotated[int, typer.Option("--next", min=1, max=1000, metavar="N", help="How many due times.")] = 3,
) -> None:
    """
    Show when each insurer is due next.  `daemon` begins each run up to `[daemon] jitter` later.
    """
    from ..insurers import MisconfiguredInsurer
    from ..model.cron import CronLine
    from ..model.ports import SystemClock

    this = invocation(context)
    config = this.config()
    now, rows, unusable = SystemClock().now(), [], []
    for each in chosen_insurers(config, insurer or ()):
        if isinstance(each, MisconfiguredInsurer):
            unusable.append(each)
            continue
        times = islice(CronLine(each.schedule, each.timezone).all_after(now), number)
        shown = [time.isoformat(timespec="minutes") for time in times]
        rows.append({"insurer": each.name, "schedule": each.schedule, "timezone": each.timezone, "next": shown})
    code = ExitCode.CONFIGURATION if unusable else ExitCode.OK

    def render(out: RichConsole) -> None:
        from .tables import table_of

        table = table_of(("insurer", "schedule", "time zone", "due at"))
        for row in rows:
            table.add_row(str(row["insurer"]), str(row["schedule"]), str(row["timezone"]), "\n".join(row["next"]))
        out.print(table)

    jitter = str(config.daemon.jitter)
    this.console.answer({"jitter": jitter, "insurers": rows, "exit_code": int(code)}, render)
    for each in unusable:
        this.console.warn(f"{each.name} is not pulled, because its configuration cannot be used:", *each.problems)
    raise typer.Exit(code)

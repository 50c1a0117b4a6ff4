"""`bipro-sync report`: pages for the people of the office, with the same figures as CSV beside them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .console import Invocation, invocation


if TYPE_CHECKING:
    from ..model.rights import Verb
    from ..report import Period


Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where to write; [reports] directory where it is not said.")
]


def register(app: typer.Typer) -> None:
    """
    Add the group `report`.
    """
    group = typer.Typer(help="Pages for the office: what came, and what failed.")
    group.command("run")(report_run)
    group.command("month")(report_month)
    app.add_typer(group, name="report")


def report_run(context: typer.Context, out: Out = None) -> None:
    """
    Write how everything stands, and what came today.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..model.zone import BERLIN
    from ..report import Period

    today = SystemClock().now().astimezone(BERLIN).date()
    _write(invocation(context), Verb.REPORT_RUN, Period.of_day(today), out)


def report_month(
    context: typer.Context,
    month: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m"], metavar="YYYY-MM", help="The last whole month without it.")
    ] = None,
    out: Out = None,
) -> None:
    """
    Write what a month brought.  Day by day, and how everything stands now.
    """
    from datetime import timedelta

    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..model.zone import BERLIN
    from ..report import Period

    first = SystemClock().now().astimezone(BERLIN).date().replace(day=1)
    day = month.date() if month else first - timedelta(days=1)
    _write(invocation(context), Verb.REPORT_MONTH, Period.of_month(day), out)


def _write(this: Invocation, verb: Verb, period: Period, out: Path | None) -> None:
    from ..insurers import effective
    from ..model.ports import SystemClock
    from ..report import report_on, write_report
    from ..sync.workplace import open_workplace

    config = this.config()
    directory = out.absolute() if out else Path(config.reports.directory)
    with open_workplace(config, SystemClock(), verb, identity=this.identity) as place:
        if out is None and not config.reports.directory:
            raise UsageError("Where to? [reports] directory is not configured.", hint="Add --out DIR.")
        head, now = place.audit.last_record(), place.clock.now()
        report = report_on(period, config, place.queries, effective(config), head=head, now=now)
        shown, counted = write_report(report, directory)
    document = {"page": str(shown), "csv": str(counted), "shipments": sum(report.delivered.values()), "exit_code": 0}
    this.console.acted(document, lambda console: console.print(f"{shown}\n{counted}", soft_wrap=True))

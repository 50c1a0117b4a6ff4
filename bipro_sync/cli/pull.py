"""`bipro-sync pull`: fetches, stores and acknowledges what insurers have for this broker; it decides nothing itself."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BiproSyncError, ExitCode, InterruptedRunError, TerminatedRunError
from .choose import chosen_insurers
from .console import Console, invocation
from .traces import trace_of
from .via_unit import demand_nothing_else, pull_by_units


if TYPE_CHECKING:  # the work needs SQLite and lxml, asking for help does not
    from rich.console import Console as RichConsole

    from ..sync.progress import Progress
    from ..sync.results import InsurerResult, PullResult


def register(app: typer.Typer) -> None:
    """
    Add `pull`.
    """
    app.command("pull")(pull_insurers)


def pull_insurers(
    context: typer.Context,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
    shipment: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this shipment; repeatable.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N shipments an insurer.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what was posted since, such as 2026-11-21."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List only, and say what a pull would do.")] = False,
    no_ack: Annotated[bool, typer.Option("--no-ack", help="Store, and acknowledge nothing.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try failed shipments at once.")] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Repeat no call of this run after a wait; leave that to the next run.")
    ] = False,
    via_unit: Annotated[
        bool,
        typer.Option("--via-unit", help="Let systemd's units of the insurers do it, with their credentials; look on."),
    ] = False,
) -> None:
    """
    Log in, list, fetch, store, index and acknowledge.  All insurers unless some are named.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..notify.pings import pinging
    from ..steps import STEPS
    from ..sync.after_run import FinishedRun, carry_out
    from ..sync.pull import pull
    from ..sync.selection import PullOptions
    from ..sync.workplace import open_workplace

    this = invocation(context)
    config = this.config()
    insurers = chosen_insurers(config, insurer or ())
    options = PullOptions(
        shipments=frozenset(shipment or ()),
        limit=limit,
        since=since.date() if since else None,
        dry_run=dry_run,
        acknowledge=not no_ack,
        retry_failed=retry_failed,
        repeats=not no_wait,
    )
    if via_unit:
        demand_nothing_else(options)
        raise typer.Exit(pull_by_units(this, insurers))
    opened = open_workplace(config, SystemClock(), Verb.PULL, insurers=insurer or (), identity=this.identity)
    pings = pinging(config.monitoring, wanted=not dry_run)
    with pings as codes, opened as place, _stopping() as stop, _progress(this.console) as progress:
        result = pull(place, insurers, options, progress=progress, stop=stop)
        codes.append(result.exit_code)
        finished = FinishedRun(place=place, insurers=insurers, options=options, result=result, stop=stop)
        reports = carry_out(STEPS, finished)
    for each in result.insurers:
        _complain(this.console, each)
    for report in reports:
        this.console.warn(*report.warnings)
    after = {report.name: {"warnings": list(report.warnings)} for report in reports}
    this.console.acted(result.as_json() | after, lambda console: _summary(console, result))
    raise typer.Exit(result.exit_code)


@contextmanager
def _stopping() -> Iterator[Callable[[], BiproSyncError | None]]:
    """
    Let SIGTERM and Ctrl-C end the run after the shipment in hand; a second Ctrl-C ends it at once.
    """
    asked: list[BiproSyncError] = []
    kept = "The shipment in hand was finished, and nothing is lost."

    def terminated(_signal: int, _frame: object) -> None:
        asked.append(TerminatedRunError(f"Terminated.  {kept}"))

    def interrupted(_signal: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(InterruptedRunError(f"Interrupted.  {kept}"))

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, terminated),
        signal.SIGINT: signal.signal(signal.SIGINT, interrupted),
    }
    try:
        yield lambda: asked[0] if asked else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    from ..sync.progress import Progress

    if console.verbosity:
        from .progress import ProgressLines

        yield ProgressLines(console)
    elif console.interactive:
        from .progress import ProgressBar

        with ProgressBar() as bar:
            yield bar
    else:
        yield Progress()


def _complain(console: Console, result: InsurerResult) -> None:
    for error in result.errors:
        if console.verbosity and error.exit_code is ExitCode.UNEXPECTED and error.__cause__:
            console.warn(*trace_of(error.__cause__))
    # Several shipments may meet one trouble; they are named below, each with its own.
    for message, hint in dict.fromkeys((error.message, error.hint) for error in result.errors):
        console.warn(f"error: {message}", f"hint: {hint}")
    for entry in result.in_trouble:
        console.warn(f"{result.insurer}: shipment {entry.id} is {entry.state}: {entry.reason}")
    for remark in (*result.remarks, *(result.asides if console.verbosity else ())):
        console.warn(remark)


def _summary(console: RichConsole, result: PullResult) -> None:
    from .tables import table_of

    if any(each.planned is not None for each in result.insurers):
        _plans(console, result.insurers)
        return
    numbers = ("listed", "fetched", "stored", "acked", "waiting", "set aside", "failed", "size")
    table = table_of(("insurer", "outcome", *numbers), numbers=numbers)
    for each in result.insurers:
        counts = each.as_json()
        keys = ("listed", "fetched", "stored", "acknowledged", "not_acknowledged", "quarantined", "failed")
        table.add_row(
            each.insurer, each.outcome.value, *(str(counts[key]) for key in keys), f"{each.bytes / 1000:,.0f} kB"
        )
    console.print(table)


def _plans(console: RichConsole, results: Sequence[InsurerResult]) -> None:
    from .tables import table_of

    numbers = ("listed", "to fetch", "to acknowledge")
    table = table_of(("insurer", "category", "meaning", "kind", "oldest", *numbers), numbers=numbers)
    for each in results:
        for group in each.planned or ():
            table.add_row(
                each.insurer,
                group.category or "-",
                group.meaning,
                group.kind.value,
                f"{group.oldest:%Y-%m-%d}" if group.oldest else "-",
                str(group.listed),
                str(group.to_fetch),
                str(group.to_acknowledge),
            )
    console.print(table)
    console.print("Nothing was fetched, and nothing was acknowledged.")

"""`bipro-sync check`: the same as `status` for a monitoring, in a plug-in's one line, figures and exit codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BiproSyncError, UsageError
from ..model.condition import Condition, Level
from .console import Console, invocation, one_line
from .reading import reading
from .status import condition_json, duration


if TYPE_CHECKING:
    from ..config import Duration
    from ..sync.overview import Overview


def register(app: typer.Typer) -> None:
    """
    Add `check`.
    """
    app.command("check")(check)


def check(
    context: typer.Context,
    insurer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this insurer; repeatable.")] = None,
    max_age: Annotated[
        str | None,
        typer.Option(metavar="DUR", help='Critical where the last success is older than this, such as "36 hours".'),
    ] = None,
) -> None:
    """
    Answer as a monitoring plug-in.  0 is ok, 1 a warning, 2 critical, and 3 a failure of its own.
    """
    this = invocation(context)
    try:
        seen, conditions = _found(context, insurer or (), None if max_age is None else duration(max_age))
    except BiproSyncError as error:
        if not this.console.json:
            this.console.text(f"BIPRO-SYNC UNKNOWN - {_plain(error.message)}\n")
        raise
    level = max((each.level for each in conditions), default=Level.OK)
    document = {
        "status": level.name.lower(),
        "conditions": [condition_json(each) for each in conditions],
        "exit_code": int(level),
    }
    _answer(this.console, document, _lines(level, seen, conditions))
    raise typer.Exit(int(level))


def _found(
    context: typer.Context, names: Sequence[str], max_age: Duration | None
) -> tuple[Overview, Sequence[Condition]]:
    from dataclasses import replace

    from ..model.ports import SystemClock
    from ..sync.conditions import all_conditions
    from ..sync.overview import overview

    config = invocation(context).config()
    if unknown := [name for name in names if name not in config.insurers]:
        raise UsageError(f"The configuration has no insurer {', '.join(unknown)}.")
    with reading(config) as (_, queries):
        seen = overview(config, queries, SystemClock().now())
    wanted = tuple(view for view in seen.insurers if not names or view.name in names)
    conditions = all_conditions(config, replace(seen, insurers=wanted), max_age=max_age)
    return replace(seen, insurers=wanted), sorted(conditions, key=lambda each: -each.level)


def _answer(console: Console, document: object, lines: Iterator[str]) -> None:
    if console.json:
        console.document(document)
    else:
        console.text("".join(f"{line}\n" for line in lines))


def _lines(level: Level, seen: Overview, conditions: Sequence[Condition]) -> Iterator[str]:
    """
    Yield the line with its figures, and one line more for each further condition.
    """
    from ..notify.texts import said

    sentences = [_plain(said(each, "en")) for each in conditions]
    ok = f"{len(seen.insurers)} insurer(s), nothing to see to"
    more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
    yield f"BIPRO-SYNC {level.name} - {sentences[0] if sentences else ok}{more} | {' '.join(_figures(seen))}"
    yield from sentences[1:]


def _figures(seen: Overview) -> Iterator[str]:
    """
    Yield the performance data: ages in seconds; what never was has none.
    """
    from ..model.states import ShipmentState

    for view in seen.insurers:
        summary, name = view.summary, view.name
        yield from _age(f"{name}_success_age", summary.last_success_at, seen.now)
        yield from _age(f"{name}_delivery_age", summary.last_delivery_at, seen.now)
        yield f"'{name}_quarantined'={summary.states.get(ShipmentState.QUARANTINED, 0)};0;;0"
        yield from _age(f"{name}_quarantine_age", view.quarantined_since, seen.now)
        yield f"'{name}_silent'={sum(each.why is not None for each in view.cadences)};0;;0"
    yield from _age("backup_age", seen.last_backup.at if seen.last_backup else None, seen.now)


def _age(label: str, moment: datetime | None, now: datetime) -> Iterator[str]:
    if moment is not None:
        yield f"'{label}'={max(0, round((now - moment).total_seconds()))}s;;;0"


def _plain(text: str) -> str:
    """
    Return *text* on one line, without the sign that divides text and figures.
    """
    return one_line(text).replace("|", "/")

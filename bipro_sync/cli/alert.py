"""`bipro-sync alert`: tries the ways in which people are told of trouble, and tells them of a unit that has failed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AlertError, ConfigurationError, ExitCode, StorageError, UsageError
from .console import Invocation, invocation, one_line


if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console as RichConsole

    from ..config import Config
    from ..model.rights import Verb


_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
"""The names that systemd gives units."""

_RESULT = re.compile(r"[A-Za-z0-9-]{1,40}")


def register(app: typer.Typer) -> None:
    """
    Add the group `alert`.
    """
    group = typer.Typer(help="Tell people of trouble: a test, a unit that has failed.")
    group.command("test")(test)
    group.command("unit-failed")(unit_failed)
    app.add_typer(group, name="alert")


def test(context: typer.Context) -> None:
    """
    Send a test each way that is configured.  Exit 3 where one of them does not work.
    """
    from ..model.condition import Condition, Level, Matter
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..notify.news import News
    from ..notify.telling import channels_of, tell_now

    this = invocation(context)
    config = this.config()
    _enter(this, Verb.ALERT_TEST)
    _demand_somebody(config)
    news = News(at=SystemClock().now(), new=(Condition(matter=Matter.TEST, level=Level.OK),))
    errors = tell_now(channels_of(config.alerts), news)
    code = ExitCode.PARTIAL if any(errors.values()) else ExitCode.OK
    for name, error in errors.items():
        if error:
            this.console.warn(f"{name}: {error}")
    document = {
        "channels": [{"name": name, "ok": error is None, "error": error} for name, error in errors.items()],
        "exit_code": int(code),
    }

    def render(console: RichConsole) -> None:
        for name, error in errors.items():
            console.print(one_line(f"{name}: {error or 'a test was sent'}"))

    this.console.acted(document, render)
    raise typer.Exit(code)


def unit_failed(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit, as systemd calls it.")],
) -> None:
    """
    Tell people that a unit has failed.  For `OnFailure=`; one unit's failures are told once a day.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.telling import tell_of_failed_unit

    if not _UNIT.fullmatch(unit):
        raise UsageError("UNIT must be the name of a unit, such as bipro-sync-pull@NAME.service.")
    this = invocation(context)
    config = this.config()
    path = _enter(this, Verb.ALERT_UNIT_FAILED)
    told, sentence = False, f"{unit}: nobody is to be told"
    if not config.alerts.none:
        _demand_somebody(config)
        troubles = tell_of_failed_unit(config.alerts, path, unit, _result(), SystemClock().now())
        if troubles:
            raise AlertError(" ".join(troubles))
        told = troubles is not None
        sentence = f"{unit}: {'told' if told else 'was told less than a day ago'}"
    this.console.acted({"unit": unit, "told": told, "exit_code": 0}, lambda console: console.print(one_line(sentence)))


def _result() -> str:
    """
    Return how the unit ended, as systemd tells the units of its `OnFailure=` (systemd.exec(5), 251 and later).
    """
    words = (os.environ.get(name, "") for name in ("MONITOR_SERVICE_RESULT", "MONITOR_EXIT_STATUS"))
    return " ".join(word for word in words if _RESULT.fullmatch(word))


def _enter(this: Invocation, verb: Verb) -> Path | None:
    """
    Let whoever may do it go on; return where it is kept what people were told, None where nothing can be kept.

    Raises :class:`~bipro_sync.errors.NotPermittedError`, recorded where there is an archive that takes it.
    """
    from ..model.ports import SystemClock
    from ..sync.acting import demand_permitted, enter

    config, clock = this.config(), SystemClock()
    try:
        return enter(config, clock, verb, identity=this.identity).layout.alerts
    except StorageError:
        pass
    except ConfigurationError as error:
        if error.code != "no-archive":
            raise
    # An archive that cannot be used is what there is to tell.
    demand_permitted(config, clock, verb, identity=this.identity)
    return None


def _demand_somebody(config: Config) -> None:
    if not config.alerts.tells:
        raise ConfigurationError(
            "Nobody is told of trouble: [alerts] names neither mail nor webhook.",
            hint="`bipro-sync config sample` shows both.",
        )

"""`bipro-sync pull --via-unit`: lets the insurers' own units pull, which alone have their credentials, and looks on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ExitCode, UsageError, most_severe
from .console import Invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..insurers import Insurer, MisconfiguredInsurer
    from ..sync.selection import PullOptions
    from ..systemd.units import Ended


def demand_nothing_else(options: PullOptions) -> None:
    """
    Raise :class:`~bipro_sync.errors.UsageError` for options that a unit knows nothing of: its
    pull is always a whole one.
    """
    from ..sync.selection import PullOptions as Nothing

    if options != Nothing(shipments=frozenset()):
        raise UsageError(
            "--via-unit lets a unit do a whole pull, so nothing but --insurer may stand beside it.",
            hint="Give the unit other options by a drop-in, or refer to a file in place of a systemd credential.",
        )


def pull_by_units(this: Invocation, insurers: Sequence[Insurer | MisconfiguredInsurer]) -> ExitCode:
    """
    Run the unit of each of these insurers, one after the other, say how each ended, and return the most severe code.

    Raises :class:`~bipro_sync.errors.NotPermittedError`, recorded, for who may not pull.
    """
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import demand_right
    from ..systemd.units import pull_unit, run_through

    names = [insurer.name for insurer in insurers]
    demand_right(this.config(), SystemClock(), Verb.PULL, insurers=names, identity=this.identity)
    ended = {name: run_through(pull_unit(name)) for name in names}
    code = most_severe(_code(each) for each in ended.values())

    def render(out: RichConsole) -> None:
        for name, each in ended.items():
            out.print(f"{name}: {pull_unit(name)} ended with {_code(each)} ({each.result})", soft_wrap=True)

    shown = [{"insurer": name, "unit": pull_unit(name), "exit_code": _code(each)} for name, each in ended.items()]
    this.console.acted({"insurers": shown, "exit_code": int(code)}, render)
    return code


def _code(ended: Ended) -> int:
    """
    Return a run's own exit code; of one that a signal or a time limit ended there is none.
    """
    return int(ExitCode.TERMINATED) if ended.code is None or ended.result in {"signal", "timeout"} else ended.code

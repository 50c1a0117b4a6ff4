"""`bipro-sync daemon`: the same as `pull`, by schedule, until it is stopped; when, and in which process, is not decided
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import typer

from ..errors import ExitCode
from .console import invocation


if TYPE_CHECKING:
    from ..config import Config


def register(app: typer.Typer) -> None:
    """
    Add `daemon`.
    """
    app.command("daemon")(pull_by_schedule)


def pull_by_schedule(context: typer.Context) -> None:
    """
    Pull each insurer by its schedule until stopped.  SIGHUP reads the configuration anew, SIGTERM stops.
    """
    from ..daemon import Daemon, reread
    from ..daemon.manager import ServiceManager
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..steps import NEEDED
    from ..sync.acting import enter
    from ..sync.telling import tell_of_killed_run
    from .main import main

    # Each run is forked: what it needs is here already, also where an upgrade has changed the files meanwhile.
    for module in ("sync.pull", *NEEDED):
        import_module(f"..{module}", __package__)
    this = invocation(context)
    manager = ServiceManager()
    config = this.config()
    enter(config, SystemClock(), Verb.DAEMON, identity=this.identity, begin=True)
    loud = ["--verbose"] * this.console.verbosity or ["--quiet"]

    def work(config: Config, insurers: Sequence[str]) -> int:
        names = (word for name in insurers for word in ("--insurer", name))
        return main([*loud, "pull", *names], this.identity, config)

    def tell(config: Config, insurers: Sequence[str], by_signal: str) -> int:
        troubles = tell_of_killed_run(config, insurers, by_signal, SystemClock().now())
        this.console.warn(*troubles or ())
        return int(ExitCode.PARTIAL if troubles else ExitCode.OK)

    say, clock = this.console.warn, SystemClock()
    Daemon(config, work=work, tell=tell, reread=reread, say=say, clock=clock, manager=manager).run()
    this.console.acted({"exit_code": int(ExitCode.OK)}, lambda out: out.print("Stopped; nothing is lost."))

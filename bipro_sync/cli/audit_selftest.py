"""`bipro-sync audit selftest`: shows on a copy that a changed record is noticed; the log itself is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..errors import ExitCode
from .audit_asking import Directory, ask
from .console import invocation


if TYPE_CHECKING:  # checking needs msgspec, asking for help does not
    from rich.console import Console as RichConsole


def add_to(group: typer.Typer) -> None:
    """
    Add `selftest`.
    """
    group.command("selftest")(selftest)


def selftest(context: typer.Context, directory: Directory = None) -> None:
    """
    Show on a copy that a change is noticed.  Exit 15 where it is not.
    """
    from ..audit.selftest import try_out
    from ..model.rights import Verb

    this = invocation(context)
    asked = ask(this, Verb.AUDIT_SELFTEST, directory)
    tried = try_out(asked.directory)
    code = ExitCode.OK if tried.noticed else ExitCode.INTEGRITY
    document = {
        "changed_seq": tried.changed,
        "before": tried.before,
        "after": tried.after,
        "noticed": tried.noticed,
        "exit_code": int(code),
    }

    def report(console: RichConsole) -> None:
        console.print(f"The copy as it is: {tried.before}.")
        console.print(f"With one digit changed in record {tried.changed}: {tried.after}.")
        console.print("The change was noticed." if tried.noticed else "THE CHANGE WAS NOT NOTICED.")

    this.console.answer(document, report)
    raise typer.Exit(code)

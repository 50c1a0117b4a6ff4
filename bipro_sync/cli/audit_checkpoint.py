"""`bipro-sync audit checkpoint`: signs the log as it is now and tells its anchors, or leaves its head to who signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..errors import ConfigurationError, ExitCode
from .console import Invocation, invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..anchors.sealing import Sealed


def add_to(group: typer.Typer) -> None:
    """
    Add `checkpoint`.
    """
    group.command("checkpoint")(checkpoint)


def checkpoint(context: typer.Context) -> None:
    """
    Sign the log as it is now and tell its anchors.  Exit 3 where one of them was not reached.
    """
    this = invocation(context)
    sealed = _sealed(this)
    troubles = sealed.anchoring.troubles
    code = ExitCode.PARTIAL if troubles else ExitCode.OK
    for trouble in troubles:
        this.console.warn(trouble)
    this.console.acted(sealed.as_json() | {"exit_code": int(code)}, lambda console: _report(console, sealed))
    raise typer.Exit(code)


def _sealed(this: Invocation) -> Sealed:
    import os

    from ..anchors.sealing import Seal
    from ..archive import Layout
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import acting

    config, clock = this.config(), SystemClock()
    layout = Layout(config.archive.root)
    if layout.belongs_to_another(os.geteuid()):
        # The signer writes nothing there, and what it may do is what its key's file lets it.
        return Seal(config.audit, layout.audit, clock, None).put()
    with acting(config, clock, Verb.AUDIT_CHECKPOINT, identity=this.identity) as log:
        if not config.audit.is_signed:
            raise ConfigurationError(
                "Nobody signs this audit log: neither [audit] key nor known_keys names a key.",
                hint="`bipro-sync audit key new` makes one; docs/audit-keys.md says whose it should be.",
            )
        return Seal(config.audit, layout.audit, clock, log).put()


def _report(console: RichConsole, sealed: Sealed) -> None:
    console.print(f"Audit log: {sealed.anchoring.headline}.")
    if sealed.newest:
        console.print(
            f"Signed: {sealed.newest.checkpoint.size} records, the last of {sealed.newest.checkpoint.time}, by "
            f"{sealed.newest.signed_by[0]}."
        )
    if not sealed.signs:
        console.print(f"Left to its signer: {sealed.anchoring.waiting} more.")

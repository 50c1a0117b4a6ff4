"""`bipro-sync docs`: documents about this installation, made from what is really configured."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from .console import invocation


def register(app: typer.Typer) -> None:
    """
    Add `docs procedure` and `docs man`.
    """
    group = typer.Typer(help="Documents about this installation.")
    group.command("procedure")(procedure)
    group.command("man")(man)
    app.add_typer(group, name="docs")


def procedure(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the page there, over an earlier one.")
    ] = None,
) -> None:
    """
    Print the procedure documentation that German tax law wants.  One HTML page, in German, without secrets.
    """
    from .. import durable
    from ..audit import RecordType
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.acting import acting
    from ..sync.procedure import procedure_of
    from .procedure_page import html_of

    this = invocation(context)
    config, clock = this.config(), SystemClock()
    with acting(config, clock, Verb.DOCS_PROCEDURE, identity=this.identity) as audit:
        page = html_of(procedure_of(config, clock.now()))
        data = page.encode()
        digest = hashlib.sha256(data).hexdigest()
        audit.write(RecordType.EXPORT, bytes=len(data), outcome="ok", detail=f"procedure documentation; {digest}")
        if out is not None:
            durable.replace(out.absolute(), data, 0o640)
    if out is None and not this.console.json:
        this.console.text(page)
        return
    document = {"path": str(out) if out else None, "sha256": digest, "html": None if out else page, "exit_code": 0}
    this.console.acted(document, lambda console: console.print(f"{out}: {len(data)} bytes, SHA-256 {digest}"))


def man(context: typer.Context) -> None:
    """
    Print the manual page, made from the commands' own help.  Put it into a directory such as
    /usr/local/share/man/man1, as bipro-sync.1.
    """
    from .man import manual_page

    console = invocation(context).console
    page = manual_page(context.find_root().command)
    if console.json:
        console.document({"name": "bipro-sync.1", "page": page})
    else:
        console.text(page)

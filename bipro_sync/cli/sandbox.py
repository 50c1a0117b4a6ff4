"""`bipro-sync sandbox`: runs the practice insurer; it never listens beyond loopback unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """
    Add `sandbox serve`.
    """
    group = typer.Typer(help="The practice insurer, for demos and tests.")
    group.callback()(_group)
    group.command("serve")(serve)
    app.add_typer(group, name="sandbox")


def _group() -> None:
    """
    The practice insurer, for demos and tests.
    """


def serve(
    scenario: Annotated[str, typer.Option(metavar="FILE|NAME", help="What it holds and how it behaves.")] = "demo",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(metavar="HOST", help="Anything but loopback needs TLS.")] = "127.0.0.1",
    directory: Annotated[
        Path, typer.Option(metavar="DIR", help="For certificates and the log of calls, which it goes on with.")
    ] = Path("practice-insurer"),
    no_tls: Annotated[bool, typer.Option("--no-tls", help="Plain HTTP.")] = False,
    ready_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Written when it answers, with the line that stdout gets.")
    ] = None,
) -> None:
    """
    Serve until Ctrl-C.  The first line on stdout tells the addresses, the files with certificates and the log of calls.
    """
    from ..sandbox.server import serve as run

    run(scenario, directory, host=host, port=port, tls=not no_tls, ready_file=ready_file)

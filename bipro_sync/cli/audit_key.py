"""`bipro-sync audit key`: makes the key that signs the log, and shows its public half alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigurationError, NotPermittedError
from .console import invocation


def add_to(group: typer.Typer) -> None:
    """
    Add `key new` and `key show`.
    """
    keys = typer.Typer(help="The key that signs the audit log.")
    keys.command("new")(new)
    keys.command("show")(show)
    group.add_typer(keys, name="key")


def new(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key is to lie; never overwritten.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The log's name: [audit] name.")] = "bipro-sync",
) -> None:
    """
    Make a key and print its public half, NAME+ID+KEY.  The private one goes into FILE, for its owner only.
    """
    from ..audit.key_file import make_key

    verifier = make_key(file.absolute(), name)
    invocation(context).console.answer(
        {"key": str(verifier), "file": str(file.absolute())},
        lambda console: console.print(str(verifier), soft_wrap=True),
    )


def show(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", readable=False, help="A private key; without it: the configured one."),
    ] = None,
) -> None:
    """
    Print a key's public half, NAME+ID+KEY, for auditors.
    """
    from ..audit.key_file import read_key

    this = invocation(context)
    path = file.absolute() if file else this.config().audit.key
    if path is None:
        raise ConfigurationError("[audit] key names no file.", hint="Name one: `bipro-sync audit key show FILE`.")
    signer = read_key(path)
    if signer is None:
        raise NotPermittedError(
            f"The key {path} is another user's.",
            hint="Its public half stands in [audit] known_keys; or ask as its owner.",
        )
    this.console.answer(
        {"key": str(signer.verifier), "file": str(path)},
        lambda console: console.print(str(signer.verifier), soft_wrap=True),
    )

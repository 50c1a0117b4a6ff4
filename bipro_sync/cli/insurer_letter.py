"""`bipro-sync insurers letter`: the letter that asks an insurer for access; it needs no configuration."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from .console import invocation


def add_to(group: typer.Typer) -> None:
    """
    Add `letter` to `insurers`.
    """
    group.command("letter")(write_letter)


def write_letter(
    context: typer.Context,
    profile: Annotated[
        str, typer.Argument(metavar="PROFILE", help="What is known of the insurer: allianz, generic ….")
    ],
    method: Annotated[
        str | None, typer.Option(metavar="WORD", help="The login to ask for; the profile knows the usual one.")
    ] = None,
) -> None:
    """
    Print a letter that asks for access, in German.  What only the broker knows stays in brackets.
    """
    from ..insurers import load_profile
    from ..setup import answers
    from ..setup.letter import letter

    console = invocation(context).console
    try:
        known = load_profile(answers.profile(profile))
        wanted = answers.method(method or known.facts.auth_methods[0])
    except ValueError as error:
        raise UsageError(f"{'PROFILE' if method is None else 'PROFILE or --method'} {error}.") from None
    text = letter(known, wanted)
    if console.json:
        console.document({"profile": known.name, "method": wanted, "letter": text})
    else:
        console.text(text)

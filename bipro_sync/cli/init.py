"""`bipro-sync init`: asks what a configuration begins with and writes one; a file that is there is never touched."""

from __future__ import annotations

import os
import pwd
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .asking import answer_to
from .console import Invocation, invocation


if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..setup.texts import House


def register(app: typer.Typer) -> None:
    """
    Add `init`.
    """
    app.command("init")(init)


def init(
    context: typer.Context,
    root: Annotated[str | None, typer.Option(metavar="DIR", help="Where everything is kept.")] = None,
    environment: Annotated[str | None, typer.Option(metavar="WORD", help="production or test.")] = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Who answers for it: first and last name.")] = None,
    login: Annotated[str | None, typer.Option(metavar="TEXT", help="That person's login on this machine.")] = None,
    key: Annotated[str | None, typer.Option(metavar="WORD", help="That person's key in [users].")] = None,
    anchor: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="A directory on another machine for the log's checkpoints, or none."),
    ] = None,
    mail: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Who is written to about trouble, or none.")
    ] = None,
    smtp: Annotated[str | None, typer.Option(metavar="URL", help="The mail server: smtps://….")] = None,
) -> None:
    """
    Begin a configuration.  Each question can be answered by an option; where there is no terminal it must be.
    """
    from ..setup.texts import house_text
    from ..setup.writing import begin_configuration, demand_none_there

    this = invocation(context)
    path = _path(this)
    demand_none_there(path)
    given = {"root": root, "environment": environment, "name": name, "login": login, "key": key}
    house = _house(given | {"anchor": anchor, "mail": mail, "smtp": smtp})
    begin_configuration(path, house_text(house))
    steps = [f"`{this.program} insurers add NAME`", "docs/quickstart.md tells the rest"]

    def render(out: RichConsole) -> None:
        out.print(f"Written: {path}", soft_wrap=True)
        for step in steps:
            out.print(f"Next: {step}", soft_wrap=True)

    this.console.acted({"config": str(path), "next": steps}, render)


def _path(this: Invocation) -> Path:
    """
    Return where the configuration is to be: where it was named, else root's, else the user's own.
    """
    import platformdirs

    from ..config.find import SYSTEM_FILE

    if named := this.config_path or os.environ.get("BIPRO_SYNC_CONFIG"):
        return Path(named).absolute()
    return SYSTEM_FILE if os.geteuid() == 0 else platformdirs.user_config_path("bipro-sync") / "config.toml"


def _house(given: dict[str, str | None]) -> House:
    from ..setup import answers
    from ..setup.texts import House

    def asked(question: str, key: str, usual: str | None, read: answers.Reader) -> str:
        return answer_to(question, given[key], read, option=f"--{key}", usual=usual)

    root = asked("Where everything is kept", "root", _usual_root(), answers.path)
    environment = asked("production or test", "environment", "production", answers.environment)
    name = asked("Who answers for scheduled runs (first and last name)", "name", None, answers.text)
    login = asked("That person's login on this machine", "login", _usual_login(), answers.text)
    key = asked("That person's key in [users]", "key", "u001", answers.label)
    checkpoints = "A directory on another machine for the audit log's checkpoints, or none"
    anchor = asked(checkpoints, "anchor", answers.NONE, answers.or_none(answers.path))
    mail = asked(
        "Who is written to about trouble, or none", "mail", answers.NONE, answers.or_none(answers.mail_address)
    )
    server = None if mail == answers.NONE else asked("The mail server", "smtp", None, answers.mail_server_address)
    return House(
        root=root,
        environment="test" if environment == "test" else "production",
        key=key,
        name=name,
        login=login,
        today=date.today(),  # noqa: DTZ011 - the day on this machine, from which on the person may use it
        anchor=None if anchor == answers.NONE else anchor,
        mail=None if mail == answers.NONE else mail,
        smtp=server,
    )


def _usual_root() -> str:
    import platformdirs

    return "/var/lib/bipro-sync" if os.geteuid() == 0 else str(platformdirs.user_data_path("bipro-sync"))


def _usual_login() -> str | None:
    """
    Return who has logged in; behind sudo it is still that person.
    """
    from ..audit.identity import kernel_login_uid

    uid = kernel_login_uid()
    try:
        return pwd.getpwuid(os.getuid() if uid is None else uid).pw_name
    except KeyError:
        return None

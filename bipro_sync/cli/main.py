"""The way in: global options, commands, and how failures leave; it must never show an unknown error's text unasked."""

from __future__ import annotations

import itertools
import os
import re
import resource
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import getdoc
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from .. import __version__
from ..errors import BiproSyncError, ExitCode, InterruptedRunError, StorageError, UsageError, unexpected
from .console import Console, Invocation, invocation
from .traces import trace_of


if TYPE_CHECKING:
    from ..audit import Identity
    from ..config import Config

_PARTS = (
    *("pull", "import", "daemon", "schedule", "status", "check", "inbox", "shipments", "documents", "contracts", "gdv"),
    *("handover", "report", "archive", "audit", "backup", "init", "insurers", "credentials", "certs", "doctor"),
    *("alert", "config", "docs", "completion", "sandbox", "demo", "support-bundle"),
)
"""The commands and groups in the order of the help; each has a module of its name, loaded when it is asked for."""

_PLUGINS = (("check",), ("certs", "check"))
_UNKNOWN = 3
"""A monitoring plug-in's word for a failure of its own; the others are ok, warning and critical."""

_GLOBAL = re.compile(r"--json|--quiet|--verbose|-v+|--config=.*", re.DOTALL)
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_OWNER = "Is this the archive's owner?  `sudo -u OWNER bipro-sync …` runs a command as that user."


class _Root(TyperGroup):
    """
    The command `bipro-sync` itself, for which Ctrl-C is an ending like the others.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*dict.fromkeys((*_PARTS, *super().list_commands(ctx)))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            # For a name that no part has all are loaded, as similar ones are suggested then.
            for name in [cmd_name] if cmd_name in _PARTS else _PARTS:
                self.commands = {**self.commands, **_part(name)}
        return super().get_command(ctx, cmd_name)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        # Typer would build every command there is, with all its options, for one sentence of each part.
        with formatter.section("Commands"):
            formatter.write_dl([(name, _sentence(_registered(name))) for name in _PARTS])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, typer.Abort):
            raise InterruptedRunError("Interrupted.") from None


app = typer.Typer(
    name="bipro-sync",
    cls=_Root,
    help="Fetch, keep, acknowledge and account for what insurers put into a broker's BiPRO mailbox.",
    epilog="--json, -v, --quiet and --config may stand before or after the command.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,  # ours: typer's lets zsh evaluate what it prints, and insurers name the shipments
)


def _version(context: typer.Context, asked: bool) -> None:
    if asked:
        console = invocation(context).console
        console.text(f'{{"version": "{__version__}"}}\n' if console.json else f"bipro-sync {__version__}\n")
        raise typer.Exit


@app.callback()
def _globals(
    context: typer.Context,
    file: Annotated[
        Path | None,
        # Whether it can be read is told by whoever reads it, with the exit code for that.
        typer.Option("--config", metavar="FILE", readable=False, help="The configuration file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")] = False,
    verbosity: Annotated[int, typer.Option("-v", "--verbose", count=True, show_default=False, help="Say more.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")] = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    this = invocation(context)
    this.config_path = file
    this.console.json, this.console.verbosity, this.console.quiet = as_json, verbosity, quiet


def _hoist(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """
    Return the global options, wherever they stand before `--`, and the rest.
    """
    hoisted: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif _GLOBAL.fullmatch(argument):
            hoisted.append(argument)
        elif argument == "--config":
            hoisted += [argument, *itertools.islice(waiting, 1)]
        else:
            rest.append(argument)
    return hoisted, rest


def _part(name: str) -> Mapping[str, Any]:
    """
    Return the part of this name as the program's group knows it.
    """
    return typer.main.get_group(_registered(name)).commands


def _registered(name: str) -> typer.Typer:
    part = typer.Typer(rich_markup_mode=None)
    module = name.replace("-", "_")
    import_module(f".{module}_" if iskeyword(name) else f".{module}", __package__).register(part)
    return part


def _sentence(part: typer.Typer) -> str:
    """
    Return the first sentence of what a part's only command or group says of itself.
    """
    [said] = [each.typer_instance.info.help for each in part.registered_groups if each.typer_instance] or [
        getdoc(each.callback) for each in part.registered_commands
    ]
    return re.split(r"(?<=\.)\s", said or "")[0]


@cache
def _command(program: typer.Typer) -> Any:
    return typer.main.get_command(program)


def main(arguments: Sequence[str], identity: Identity | None = None, config: Config | None = None) -> int:
    """
    Run the command line *arguments* (without the program's name) and return the exit code.

    *identity* is who calls; without one it is found out where it matters.  *config* is the configuration where it has
    been read already.
    """
    hoisted, rest = _hoist(arguments)
    console = Console(json="--json" in hoisted)
    command = _command(app)
    try:
        if _NOT_UTF8.search("".join(arguments)):
            raise UsageError("The command line holds bytes that are not UTF-8.")
        result = command.main(
            [*hoisted, *rest] or ["--help"],
            "bipro-sync",
            standalone_mode=False,
            obj=Invocation(console, identity=identity, given=config),
        )
    except BiproSyncError as error:
        failure = error
        if isinstance(error, StorageError) and isinstance(error.__cause__, PermissionError):
            failure.hint = _OWNER
    except typer.TyperException as error:
        failure = UsageError(error.format_message())
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug's text may hold a customer's data
        if console.verbosity:
            console.warn(*trace_of(error))
        failure = _unusable(error) if isinstance(error, OSError) else unexpected(error)
    else:
        return int(result or ExitCode.OK)
    console.failed(failure)
    return _UNKNOWN if _is_plugin(rest) else int(failure.exit_code)


def _is_plugin(words: Sequence[str]) -> bool:
    """
    Say whether a command answers as a monitoring plug-in, for which every failure of its own is one and the same.
    """
    return any(tuple(words[: len(plugin)]) == plugin for plugin in _PLUGINS)


def _unusable(error: OSError) -> StorageError:
    """
    Return the error that says what this machine does not let us use, and why.
    """
    what = error.filename if isinstance(error.filename, str) else "Something this command needs"
    return StorageError(
        f"{what} cannot be used: {error.strerror or type(error).__name__}.",
        hint=_OWNER if isinstance(error, PermissionError) else "Is the path right, and can it be written to?",
    )


def run() -> NoReturn:
    """
    Run the command line of this process and end it.
    """
    # Installed packages may offer pydantic plug-ins; none of them is to look on where secrets are referred to.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # A core file would hold every secret and document that was in hand.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main(sys.argv[1:]))

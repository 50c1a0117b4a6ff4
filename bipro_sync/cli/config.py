"""`bipro-sync config`: what is wrong with the configuration, and what holds; secrets show as their references."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from ..errors import ExitCode
from .console import invocation


if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console as RichConsole

    from ..config import Config
    from ..insurers import Insurer, MisconfiguredInsurer


Row = dict[str, Any]

_NOT_KEYS = {"name", "profile", "auth", "origins"}


def register(app: typer.Typer) -> None:
    """
    Add `config check`, `config show`, `config sample` and `config schema`.
    """
    group = typer.Typer(help="The configuration: check it, show what holds, begin one.")
    for command in (check, show, sample, schema):
        group.command()(command)
    app.add_typer(group, name="config")


def check(context: typer.Context) -> None:
    """
    List all problems of the configuration at once.  Nothing is sent anywhere.
    """
    from .. import config as room
    from ..insurers import Insurer, absent_here, certificate_remark, effective, missing_files
    from ..insurers import warnings as insurer_warnings
    from ..model.ports import SystemClock

    this = invocation(context)
    reading = room.read(room.find_config(this.config_path))
    config = reading.config
    problems = list(reading.problems)
    warnings = [] if problems else list(room.warnings(config))
    for insurer in effective(config).values():
        if isinstance(insurer, Insurer):
            problems += missing_files(insurer)
            warnings += absent_here(insurer)
            warnings += insurer_warnings(insurer)
            if remark := certificate_remark(insurer, SystemClock().now()):
                (problems if remark.is_problem else warnings).append(remark.sentence)
        else:
            problems += insurer.problems
    code = ExitCode.CONFIGURATION if problems else ExitCode.OK

    def render(out: RichConsole) -> None:
        for problem in problems:
            out.print(f"problem: {problem}")
        for warning in warnings:
            out.print(f"note:    {warning}")
        out.print(f"{config.path}: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")

    document = {"path": str(config.path), "problems": problems, "warnings": warnings, "exit_code": int(code)}
    this.console.answer(document, render)
    raise typer.Exit(code)


def show(context: typer.Context) -> None:
    """
    Show every value that holds, and where it comes from.
    """
    from ..insurers import effective

    this = invocation(context)
    config = this.config()
    tables = {name: _file_rows(section) for name, section in _sections(config)}
    tables["retention"] = _terms(config)
    for name, insurer in effective(config).items():
        tables[f"insurers.{name}"] = _insurer_rows(insurer)

    def render(out: RichConsole) -> None:
        out.print(f"# {config.path} ({config.environment})")
        for name, rows in tables.items():
            out.print(f"\n[{name}]")
            for key, row in rows.items():
                out.print(f"{key} = {json.dumps(row['value'], ensure_ascii=False)}  # {row['origin']}", soft_wrap=True)

    this.console.answer({"path": str(config.path), "environment": config.environment, "values": tables}, render)


def sample(context: typer.Context) -> None:
    """
    Print a commented configuration with every key, to begin one.
    """
    from ..config import sample as text

    console = invocation(context).console
    if console.json:
        console.document({"sample": text()})
    else:
        console.text(text())


def schema(context: typer.Context) -> None:
    """
    Print the JSON schema of the configuration, for editors.
    """
    from ..config import schema as document

    invocation(context).console.text(json.dumps(document(), indent=2) + "\n")


def _sections(config: Config) -> Iterator[tuple[str, BaseModel]]:
    yield from (("archive", config.archive), ("audit", config.audit))
    yield from ((f"users.{key}", user) for key, user in config.users.items())
    yield from (("alerts", config.alerts), ("monitoring", config.monitoring), ("backup", config.backup))
    yield ("daemon", config.daemon)


def _file_rows(section: BaseModel) -> dict[str, Row]:
    return {
        key: {"value": _shown(value), "origin": "file" if key in section.model_fields_set else "built-in"}
        for key, value in section
    }


def _terms(config: Config) -> dict[str, Row]:
    from ..model.retention import LEAST

    named = config.terms.longer
    return {
        kind: {"value": config.terms.years(kind), "origin": "file" if kind in named else "built-in"} for kind in LEAST
    }


def _insurer_rows(insurer: Insurer | MisconfiguredInsurer) -> dict[str, Row]:
    from ..insurers import MisconfiguredInsurer

    if isinstance(insurer, MisconfiguredInsurer):
        return {"problems": {"value": list(insurer.problems), "origin": "file"}}
    values = {
        "profile": insurer.profile.name,
        **{key: getattr(insurer, key) for key in type(insurer).__slots__ if key not in _NOT_KEYS},
        **{f"auth.{key}": getattr(insurer.auth, key) for key in type(insurer.auth).__slots__},
    }
    return {
        key: {"value": _shown(value), "origin": "unset" if value is None else insurer.origins.get(key, "unset")}
        for key, value in values.items()
    }


def _shown(value: object) -> Any:
    """
    Return a value of the configuration in JSON's own types; a secret's reference as its text.
    """
    if isinstance(value, Iterable) and not isinstance(value, str):
        if isinstance(value, Mapping):
            return {str(key): _shown(each) for key, each in value.items()}
        pairs = dict(value) if hasattr(value, "model_fields_set") else None
        return _shown(pairs) if pairs is not None else [_shown(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)

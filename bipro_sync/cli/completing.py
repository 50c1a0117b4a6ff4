"""What the last word of a command line may become; it loads no more than that needs, and never fails.

Commands and options need the one part of the program that has them; names of insurers the configuration; ids of
shipments the catalogue as well, and somebody who may list them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperGroup, TyperOption

from ..errors import BiproSyncError


if TYPE_CHECKING:
    from ..audit import Identity
    from ..config import Config


_MOST_IDS = 100
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@%:-]*")
"""What no shell reads as anything but a word."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A word, and what it is.
    """

    value: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """
    A command line up to its last word: the command, the option that waits for a value, and how many arguments came.
    """

    command: Any
    waiting: TyperOption | None
    arguments: int
    values: Mapping[str, str]


def completed(root: Any, typed: Sequence[str], identity: Identity | None) -> list[Candidate]:
    """
    Return what the last of the words *typed* behind the program's name may become, in order.
    """
    *before, last = typed
    line = _read(root, before)
    candidates: Iterable[Candidate]
    if line.waiting is not None:
        candidates = _values(line, line.waiting, identity)
    elif last.startswith("-"):
        candidates = _options(root, line.command)
    elif isinstance(line.command, TyperGroup):
        candidates = () if line.arguments else _commands(line.command)
    else:
        candidates = _values(line, _argument(line), identity)
    return [each for each in candidates if each.value.startswith(last)]


def _read(root: Any, words: Sequence[str]) -> _Line:
    command, waiting, arguments = root, None, 0
    values: dict[str, str] = {}
    globals_ = _takes_value(root)
    for word in words:
        if waiting is not None:
            values[waiting.name or ""] = word
            waiting = None
        elif word.startswith("-"):
            name, _, value = word.partition("=")
            option = (_takes_value(command) | globals_).get(name)
            if option is not None and value:
                values[option.name or ""] = value
            else:
                waiting = option
        elif isinstance(command, TyperGroup) and word in command.list_commands(None):  # type: ignore[arg-type]
            command = command.get_command(None, word)  # type: ignore[arg-type]
        else:
            arguments += 1
    return _Line(command, waiting, arguments, values)


def _takes_value(command: Any) -> dict[str, TyperOption]:
    options = [each for each in command.params if isinstance(each, TyperOption)]
    return {name: each for each in options if not each.is_flag and not each.count for name in each.opts}


def _argument(line: _Line) -> TyperArgument | None:
    arguments = [each for each in line.command.params if isinstance(each, TyperArgument)]
    if line.arguments < len(arguments):
        return arguments[line.arguments]
    return arguments[-1] if arguments and arguments[-1].nargs == -1 else None


def _commands(group: TyperGroup) -> list[Candidate]:
    # The help of the program's own parts is left out: it would load all of them.
    loaded = group.commands
    return [
        Candidate(name, _first_sentence(loaded[name].help) if name in loaded else "")
        for name in group.list_commands(None)  # type: ignore[arg-type]
    ]


def _options(root: Any, command: Any) -> list[Candidate]:
    params = [*command.params, *(() if command is root else root.params)]
    own = [
        Candidate(name, _first_sentence(each.help))
        for each in params
        if isinstance(each, TyperOption) and not each.hidden
        for name in each.opts
        if name.startswith("--")
    ]
    return [*own, Candidate("--help", "Show what there is, and end.")]


def _first_sentence(text: str | None) -> str:
    return " ".join((text or "").split()).partition(". ")[0]


def _values(line: _Line, param: TyperOption | TyperArgument | None, identity: Identity | None) -> list[Candidate]:
    if param is None:
        return []
    named = (param.metavar or "").strip("[]…")
    if named.islower() and "|" in named:
        return [Candidate(word) for word in named.split("|")]
    source = _SOURCES.get(named)
    if source is None or (isinstance(param, TyperOption) and param.name == "name"):
        return []  # what is to get a name of its own has none yet
    return source(line.values, identity)


def _insurers(values: Mapping[str, str], _identity: Identity | None) -> list[Candidate]:
    config = _config(values)
    return [Candidate(name) for name in config.insurers] if config else []


def _shipments(values: Mapping[str, str], identity: Identity | None) -> list[Candidate]:
    from ..audit import identify
    from ..catalog import Queries
    from ..model.ports import SystemClock
    from ..model.rights import Verb
    from ..sync.permission import refusal_of, session_of
    from ..sync.workplace import open_queries

    config = _config(values)
    if config is None:
        return []
    session = session_of(config, identity or identify(), "")
    only = values.get("insurer") or session.scope
    if refusal_of(config, session, Verb.SHIPMENTS_LIST, [only] if only else [], SystemClock()):
        return []
    try:
        catalogue = open_queries(config)
    except (BiproSyncError, OSError):
        return []
    try:
        found = Queries(catalogue).open_ids(_MOST_IDS)
    finally:
        catalogue.close()
    return [
        Candidate(shipment, insurer)
        for insurer, shipment in found
        if only in {None, insurer} and _HARMLESS.fullmatch(shipment)
    ]


def _targets(values: Mapping[str, str], _identity: Identity | None) -> list[Candidate]:
    config = _config(values)
    return [Candidate(name) for name in config.handover] if config else []


def _secrets(values: Mapping[str, str], _identity: Identity | None) -> list[Candidate]:
    from ..insurers import effective
    from ..setup.references import references

    config = _config(values)
    found = references(config, effective(config)) if config else ()
    return [Candidate(name) for name in dict.fromkeys(each.credential or each.file or "" for each in found) if name]


def _profiles(_values: Mapping[str, str], _identity: Identity | None) -> list[Candidate]:
    from ..config.profile_files import profile_names

    return [Candidate(name) for name in profile_names()]


def _kinds(_values: Mapping[str, str], _identity: Identity | None) -> list[Candidate]:
    from ..model.kinds import Kind

    return [Candidate(kind) for kind in Kind]


def _states(_values: Mapping[str, str], _identity: Identity | None) -> list[Candidate]:
    from ..model.states import ShipmentState

    return [Candidate(state) for state in ShipmentState]


def _config(values: Mapping[str, str]) -> Config | None:
    from ..config import find_config, load

    named = values.get("file")
    try:
        return load(find_config(Path(named) if named else None))
    except (BiproSyncError, OSError):
        return None


_SOURCES: Mapping[str, Callable[[Mapping[str, str], Identity | None], list[Candidate]]] = {
    "NAME": _insurers,
    "ID": _shipments,
    "KIND": _kinds,
    "STATE": _states,
    "TARGET": _targets,
    "SECRET": _secrets,
    "PROFILE": _profiles,
}
"""Where values come from, by what the help calls them; all others are left to the shell, which knows files."""

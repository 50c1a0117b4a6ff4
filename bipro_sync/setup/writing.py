"""Writing a configuration: only one that is valid as a whole, and nothing that stands there is lost."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config, read
from ..durable import errors, exists, give_name, make_directory, read_whole, remove_file, take_place, write_new
from ..errors import ConfigurationError, StorageError, UsageError
from ..insurers import Insurer, effective
from .ownership import give, service_group


if TYPE_CHECKING:
    from collections.abc import Iterator


MODE = 0o640
"""Its owner may write it, the service's group read it, nobody else anything."""


def demand_none_there(path: Path) -> None:
    """
    Raise :class:`UsageError` where a configuration is there already, and :class:`StorageError` where none could be
    written, before anybody is asked what one needs.
    """
    if exists(path):
        raise _is_there(path)
    demand_writable(path.parent)


def demand_no_section(config: Config, name: str) -> None:
    """
    Raise :class:`UsageError` where *config* has a section of this insurer already, and :class:`StorageError` where none
    could be added, likewise.
    """
    if name in config.insurers:
        raise UsageError(
            f"{config.path} has a section [insurers.{name}] already, which is never overwritten.",
            hint="Change it with an editor; `bipro-sync config check` lists what is wrong with it.",
        )
    demand_writable(config.path.parent)


def begin_configuration(path: Path, text: str) -> None:
    """
    Write a new configuration, readable for its owner and the service's group; durable when it returns.

    Raises :class:`UsageError` where a file is there, which is never overwritten, and :class:`ConfigurationError` where
    *text* is no valid configuration.
    """
    demand_none_there(path)
    make_directory(path.parent, 0o755)
    with _draft(path, text.encode()) as draft:
        _demand_valid(draft, path)
        if group := service_group():
            give(draft, os.geteuid(), group)
        if not give_name(draft, path):
            raise _is_there(path)


def append_insurer(path: Path, name: str, text: str) -> None:
    """
    Append the section of an insurer to a configuration, which keeps its bytes, owner and mode; durable when it returns.

    Raises :class:`ConfigurationError` where that insurer would be unusable, or the rest of the file is.
    """
    before = read_whole(path)
    demand_no_section(read(path).config, name)
    gap = b"" if before.endswith(b"\n") or not before else b"\n"
    with _draft(path, before + gap + b"\n" + text.encode()) as draft:
        config = _demand_valid(draft, path)
        insurer = effective(config)[name]
        if not isinstance(insurer, Insurer):
            raise ConfigurationError(
                f"With these answers {name} could not be used, so nothing was written.", problems=insurer.problems
            )
        with errors("look at", path):
            state = path.stat()
        if read_whole(path) != before:
            raise ConfigurationError(
                f"{path} was changed meanwhile, so nothing was written.", hint="Say it again; the other change stays."
            )
        if (state.st_uid, state.st_gid) != (draft.stat().st_uid, draft.stat().st_gid):
            give(draft, state.st_uid, state.st_gid)
        with errors("set the mode of", draft):
            draft.chmod(state.st_mode & 0o777)
        take_place(draft, path)


def demand_writable(directory: Path) -> None:
    """
    Raise :class:`StorageError` where this user could make nothing in *directory*, or in the nearest one that is there.
    """
    while not exists(directory):
        directory = directory.parent
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StorageError(
            f"This user cannot write to {directory}, so nothing was asked and nothing written.",
            hint="Say it again with sudo; who has logged in is still known behind it.",
        )


@contextmanager
def _draft(path: Path, data: bytes) -> Iterator[Path]:
    """
    Yield a file beside *path* with these bytes; what has no other name by the end is gone.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_new(draft, data, MODE)
    try:
        yield draft
    finally:
        if exists(draft):
            remove_file(draft)


def _demand_valid(draft: Path, path: Path) -> Config:
    try:
        reading = read(draft)
    except ConfigurationError as error:
        raise _unusable(path, [error.message.replace(str(draft), str(path))]) from None
    if reading.problems:
        raise _unusable(path, (problem.replace(str(draft), str(path)) for problem in reading.problems))
    return reading.config


def _unusable(path: Path, problems: Iterable[str]) -> ConfigurationError:
    return ConfigurationError(f"{path} would not be valid, so nothing was written.", problems=tuple(problems))


def _is_there(path: Path) -> UsageError:
    return UsageError(
        f"{path} is there already and is never overwritten.",
        hint="`bipro-sync insurers add NAME` adds an insurer to it; --config FILE begins another one.",
    )

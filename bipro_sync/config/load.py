"""Find and read the configuration: every problem at once, and one insurer's never becomes another's.

What stands in the file is checked here; what an insurer still needs after defaults and profile is checked by
`insurers`.  A file that others could change or read is refused before anything in it counts.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import platformdirs
from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigurationError
from .problems import located, sentences
from .schema import (
    AlertsSection,
    ArchiveSection,
    AuditSection,
    ConfigurationFile,
    Environment,
    InsurerSection,
    UserSection,
)
from .values import Label


SYSTEM_FILE = Path("/etc/bipro-sync/config.toml")
"""Where the configuration lies on a server."""

_NAMED_SECTIONS = TypeAdapter(dict[Label, InsurerSection])
_OPEN_TO_OTHERS = stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH


@dataclass(frozen=True, slots=True)
class ReadSection:
    """
    An insurer's section as far as it can be read: every problem in it, the keys that have one, and the rest.

    A section with problems cannot be used; *rest* serves to find what else is wrong with it.
    """

    rest: InsurerSection
    problems: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Config:
    """
    The configuration as written: checked, not yet merged with the insurers' profiles.

    *path* is absolute, *sha256* is over the file's bytes in hexadecimal; *environment* is `test` only where
    every insurer is.
    """

    path: Path
    sha256: str
    environment: Environment
    archive: ArchiveSection
    audit: AuditSection
    users: Mapping[str, UserSection]
    alerts: AlertsSection
    defaults: InsurerSection
    insurers: Mapping[str, ReadSection]


def find_config(
    explicit: Path | None, *, environment: Mapping[str, str] = os.environ, system: Path = SYSTEM_FILE
) -> Path:
    """
    Return the file to read: *explicit*, else `$BIPRO_SYNC_CONFIG`, else *system*, else the user's own.

    Raises :class:`~bipro_sync.errors.ConfigurationError` where there is none, or where that cannot be told.
    """
    if named := explicit or environment.get("BIPRO_SYNC_CONFIG"):
        return Path(named)
    usual = (system, platformdirs.user_config_path("bipro-sync") / "config.toml")
    for path in usual:
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise ConfigurationError(
                f"Cannot tell whether the configuration {path} exists: {error.strerror}.",
                hint="Run it as a user who may read it; --config FILE names another place.",
            ) from error
        return path
    raise ConfigurationError(
        f"There is no configuration: neither {usual[0]} nor {usual[1]} exists.",
        hint="`bipro-sync config sample` prints one to begin with; --config FILE names another place.",
    )


def load(path: Path) -> Config:
    """
    Read and check the configuration file.

    Raises :class:`~bipro_sync.errors.ConfigurationError` with all problems outside the insurers' sections;
    a problem inside one stays with that section.
    """
    path = path.absolute()
    content, document, state = _read(path)
    tables = document.get("insurers", {})
    named = tables if isinstance(tables, dict) else {}
    insurers = dict(_sections(named))
    inside = [each for section in insurers.values() for each in section.problems]
    try:
        rest = ConfigurationFile.model_validate(document | {"insurers": {} if named else tables})
    except ValidationError as error:
        raise _refused(path, [*sentences(error), *inside]) from None
    inherited: Environment = rest.defaults.environment or "production"
    environments = set(_environments(named, inherited)) or {inherited}
    environment: Environment = "test" if environments == {"test"} else "production"
    problems = []
    if len(environments) > 1:
        problems.append("[insurers] environment: production and test are never both in one configuration")
    if environment == "production":
        problems += _permission_problems(path, state)
    problems += _cross_problems(rest, environment)
    if problems:
        raise _refused(path, [*problems, *inside])
    return Config(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        environment=environment,
        archive=rest.archive,
        audit=rest.audit,
        users=rest.users,
        alerts=rest.alerts,
        defaults=rest.defaults,
        insurers=insurers,
    )


_HINT = "Mend what is said; `bipro-sync config sample` shows every key, `config schema` is for editors."


def _refused(path: Path, problems: list[str]) -> ConfigurationError:
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return ConfigurationError(f"The configuration {path} has {count}.", problems=problems, hint=_HINT)


def _read(path: Path) -> tuple[bytes, dict[str, Any], os.stat_result]:
    try:
        with path.open("rb") as file:
            content, state = file.read(), os.fstat(file.fileno())
        return content, tomllib.loads(content.decode()), state
    except OSError as error:
        message = f"Cannot read the configuration {path}: {error.strerror}."
    except UnicodeDecodeError:
        message = f"The configuration {path} is not UTF-8."
    except tomllib.TOMLDecodeError as error:
        message = f"The configuration {path} is not TOML: {error}."
    raise ConfigurationError(message, hint=_HINT)


def _sections(tables: Mapping[str, Any]) -> Iterator[tuple[str, ReadSection]]:
    for name, table in tables.items():
        try:
            yield name, ReadSection(_NAMED_SECTIONS.validate_python({name: table})[name])
        except ValidationError as error:
            broken = frozenset(str(detail["loc"][1]) for detail in error.errors() if len(detail["loc"]) > 1)
            kept = {key: table[key] for key in table if key not in broken} if isinstance(table, dict) else {}
            yield name, ReadSection(InsurerSection.model_validate(kept), tuple(sentences(error, ("insurers",))), broken)


def _environments(tables: Mapping[str, Any], inherited: Environment) -> Iterator[Environment]:
    """
    Yield what each insurer's section says or inherits; a section broken in this very key says nothing.
    """
    possible: tuple[Environment, ...] = get_args(Environment)
    for table in tables.values():
        said = table.get("environment", inherited) if isinstance(table, dict) else None
        yield from (each for each in possible if each == said)


def _permission_problems(path: Path, state: os.stat_result) -> Iterator[str]:
    if state.st_uid not in {0, os.geteuid()}:
        yield f"{path}: must belong to root or to the user who runs this"
    if stat.S_IMODE(state.st_mode) & _OPEN_TO_OTHERS:
        yield f"{path}: must not be readable or writable by others; `chmod 640` or `chmod 600` it"


def _cross_problems(file: ConfigurationFile, environment: Environment) -> Iterator[str]:
    responsible = file.audit.responsible
    if environment == "production" and not file.users:
        yield '[users]: is missing; it may be left out only where every insurer is environment = "test"'
    if environment == "production" and responsible is None:
        yield located(("audit", "responsible"), "is missing; it names who answers for scheduled runs")
    if responsible is not None and responsible not in file.users:
        yield located(("audit", "responsible"), "is not one of [users]")
    logins = [user.login for user in file.users.values()]
    if len(set(logins)) < len(logins):
        yield "[users] login: stands for two persons; each needs a login of their own"
    if file.alerts.none and file.alerts.mail:
        yield located(("alerts", "none"), "contradicts the rest of [alerts]")

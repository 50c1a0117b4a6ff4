"""Read the configuration: every problem at once, and one insurer's never becomes another's.

What stands in the file is checked here; what an insurer still needs after defaults and profile is checked by
`insurers`.  A file that others could change or read is refused before anything in it counts.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import ConfigurationError
from ..model.retention import LEAST, Terms
from .alerting import AlertsSection, MonitoringSection
from .backup_section import BackupSection
from .daemon_section import DaemonSection
from .handing_over import HandoverSection, handover_problems
from .problems import located, sentences
from .reporting import ReportsSection
from .schema import (
    ArchiveSection,
    AuditSection,
    ConfigurationFile,
    Environment,
    UserSection,
)
from .sections import ReadSection, agreeing, common_environment, read_section


_OPEN_TO_OTHERS = stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH
_HINT = "Mend what is said; `bipro-sync config sample` shows every key, `config schema` is for editors."

_NO_ARCHIVE = {"root": "/", "second_copy": "/"}
_SOMEBODY = UserSection(name="", login="", role="reader", active_from=date.min)


@dataclass(frozen=True, slots=True)
class Config:
    """
    The configuration as written: checked, not yet merged with the insurers' profiles.

    *path* is absolute, *sha256* is over the file's bytes in hexadecimal.  *environment* is what `[defaults]` says,
    else what most insurers are; a section that says otherwise has a problem.  *terms* say for how long
    everything is kept.
    """

    path: Path
    sha256: str
    environment: Environment
    archive: ArchiveSection
    audit: AuditSection
    users: Mapping[str, UserSection]
    terms: Terms
    alerts: AlertsSection
    monitoring: MonitoringSection
    backup: BackupSection
    daemon: DaemonSection
    reports: ReportsSection
    handover: Mapping[str, HandoverSection]
    defaults: ReadSection
    insurers: Mapping[str, ReadSection]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    A configuration and all *problems* outside the insurers' sections.

    Where there are some, *config* holds stand-ins for the tables concerned: good for finding what else is
    wrong, and for nothing else.
    """

    config: Config
    problems: tuple[str, ...]


def load(path: Path) -> Config:
    """
    Read and check the configuration file.

    Raises :class:`~bipro_sync.errors.ConfigurationError` with all problems outside the insurers' sections;
    a problem inside one stays with that section.
    """
    reading = read(path)
    if not reading.problems:
        return reading.config
    inside = (each for section in reading.config.insurers.values() for each in section.problems)
    problems = (*reading.problems, *inside)
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise ConfigurationError(f"The configuration {reading.config.path} has {count}.", problems=problems, hint=_HINT)


def read(path: Path) -> Reading:
    """
    Read the configuration file as far as possible, for a check that lists everything.

    Raises :class:`~bipro_sync.errors.ConfigurationError` only where the file is none, or no TOML.
    """
    path = path.absolute()
    content, document, state = _content(path)
    tables = document.get("insurers", {})
    named = tables if isinstance(tables, dict) else {}
    rest, problems, broken = _rest(document | {"defaults": {}, "insurers": {} if named else tables})
    defaults = read_section("defaults", document.get("defaults", {}))
    insurers = {name: read_section(name, table, "insurers") for name, table in named.items()}
    environment = common_environment(insurers.values(), defaults)
    problems += defaults.problems
    if environment == "production" and not defaults.doubts("environment"):
        problems += [*_permission_problems(path, state), *_production_problems(rest, broken)]
    problems += [*_cross_problems(rest, broken), *_scope_problems(rest, named, broken)]
    config = Config(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        environment=environment,
        archive=rest.archive,
        audit=rest.audit,
        users=rest.users,
        terms=Terms(rest.retention),
        alerts=rest.alerts,
        monitoring=rest.monitoring,
        backup=rest.backup,
        daemon=rest.daemon,
        reports=rest.reports,
        handover=rest.handover,
        defaults=defaults,
        insurers={name: agreeing(name, each, environment, defaults) for name, each in insurers.items()},
    )
    return Reading(config, tuple(problems))


def _content(path: Path) -> tuple[bytes, dict[str, Any], os.stat_result]:
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            _demand_trusted(path, state)
            content = file.read()
        return content, tomllib.loads(content.decode()), state
    except OSError as error:
        message = f"Cannot read the configuration {path}: {error.strerror}."
    except UnicodeDecodeError:
        message = f"The configuration {path} is not UTF-8."
    except tomllib.TOMLDecodeError as error:
        message = f"The configuration {path} is not TOML: {error}."
    raise ConfigurationError(message, hint=_HINT)


def _demand_trusted(path: Path, state: os.stat_result) -> None:
    """
    Refuse a file of another user's, who would have this one carry out the commands it may name.

    Root reads what it is told to.  A terminal or a pipe may belong to this user though somebody else writes to it.
    """
    if not stat.S_ISREG(state.st_mode):
        raise ConfigurationError(f"The configuration {path} is not a file.", hint=_HINT)
    if os.geteuid() not in {0, state.st_uid} and state.st_uid != 0:
        raise ConfigurationError(
            f"The configuration {path} belongs to another user, so nothing in it was read.",
            hint="It must belong to root or to the user who runs this.",
        )


def _rest(document: dict[str, Any]) -> tuple[ConfigurationFile, list[str], frozenset[str]]:
    """
    Return the file, its problems, and the tables that have one and are stood in for.
    """
    try:
        return ConfigurationFile.model_validate(document), [], frozenset()
    except ValidationError as error:
        broken = frozenset(str(detail["loc"][0]) for detail in error.errors())
        kept = {key: table for key, table in document.items() if key not in broken}
        rest = ConfigurationFile.model_validate({"archive": _NO_ARCHIVE} | kept)
        users = document.get("users")
        if "users" in broken and isinstance(users, dict):
            rest = rest.model_copy(update={"users": dict.fromkeys(users, _SOMEBODY)})
        return rest, list(sentences(error)), broken


def _permission_problems(path: Path, state: os.stat_result) -> Iterator[str]:
    if state.st_uid not in {0, os.geteuid()}:
        yield f"{path}: must belong to root or to the user who runs this"
    if stat.S_IMODE(state.st_mode) & _OPEN_TO_OTHERS:
        yield f"{path}: must not be readable or writable by others; `chmod 640` or `chmod 600` it"


def _production_problems(file: ConfigurationFile, broken: frozenset[str]) -> Iterator[str]:
    if not file.users and "users" not in broken:
        yield '[users]: is missing; it may be left out only where every insurer is environment = "test"'
    if file.audit.responsible is None and "audit" not in broken:
        yield located(("audit", "responsible"), "is missing; it names who answers for scheduled runs")


def _scope_problems(file: ConfigurationFile, insurers: Collection[str], broken: frozenset[str]) -> Iterator[str]:
    for key, user in file.users.items() if "users" not in broken else ():
        if user.insurer is not None and user.role != "auditor":
            yield located(("users", key, "insurer"), "is for auditors; who has another role sees all insurers")
        elif user.insurer is not None and user.insurer not in insurers:
            yield located(("users", key, "insurer"), "is not one of [insurers]")


def _cross_problems(file: ConfigurationFile, broken: frozenset[str]) -> Iterator[str]:
    if file.audit.responsible is not None and file.audit.responsible not in file.users:
        yield located(("audit", "responsible"), "is not one of [users]")
    yield from _audit_problems(file.audit)
    logins = [user.login for user in file.users.values()]
    if len(set(logins)) < len(logins) and "users" not in broken:
        yield "[users] login: stands for two persons; each needs a login of their own"
    if file.archive.second_copy and "archive" not in broken:
        root, copy = file.archive.root.resolve(), Path(file.archive.second_copy).resolve()
        if root.is_relative_to(copy) or copy.is_relative_to(root):
            yield located(("archive", "second_copy"), "must lie outside of root, and root outside of it")
    yield from _backup_problems(file, broken)
    for kind, years in file.retention.items():
        if years < LEAST[kind]:
            yield located(("retention", kind), f"must be {LEAST[kind]} years or more; the law allows no shorter term")
    yield from _alerts_problems(file.alerts)
    if "archive" not in broken:
        for name, key, sentence in handover_problems(file.handover, file.archive.root, file.archive.second_copy):
            yield located(("handover", name, key), sentence)


def _alerts_problems(alerts: AlertsSection) -> Iterator[str]:
    if alerts.none and alerts.tells:
        yield located(("alerts", "none"), "contradicts the rest of [alerts]")
    for key, sentence in alerts.mail.problems() if alerts.mail else ():
        yield located(("alerts", "mail", key), sentence)


def _backup_problems(file: ConfigurationFile, broken: frozenset[str]) -> Iterator[str]:
    backup = file.backup
    if backup.recipient and backup.passphrase:
        yield located(("backup", "passphrase"), "stands beside recipient; what is encrypted needs one of the two")
    if backup.directory and broken.isdisjoint({"archive", "backup"}):
        root, place = file.archive.root.resolve(), Path(backup.directory).resolve()
        if root.is_relative_to(place) or place.is_relative_to(root):
            yield located(("backup", "directory"), "must lie outside of [archive] root, and root outside of it")


def _audit_problems(audit: AuditSection) -> Iterator[str]:
    names = [anchor.name for anchor in audit.anchors or ()]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield located(
                ("audit", "anchors", number, "name"), f"is {name} for two anchors; give each a name of its own"
            )
    for number, key in enumerate(audit.known_keys):
        if key.name != audit.name:
            yield located(("audit", "known_keys", number), f"is not of the log {audit.name}, which [audit] name names")

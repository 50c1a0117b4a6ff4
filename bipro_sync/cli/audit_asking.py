"""What the questions about the audit log have in common: which log, who asks, and how a time is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from ..errors import ConfigurationError, UsageError
from .console import Invocation


if TYPE_CHECKING:  # whoever asks for help needs neither the log nor the rights
    from ..audit import AuditLog, RecordType
    from ..audit.record import Facts
    from ..config import Config
    from ..model.rights import Verb


Directory = Annotated[
    Path | None,
    typer.Option("--directory", metavar="DIR", help="A log or archive elsewhere; needs no configuration."),
]
Purpose = Annotated[
    str | None, typer.Option("--purpose", metavar="TEXT", help="What for; it stands in the log, so no customer's name.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The log in *directory*, asked by somebody who may; *log* is its open end, None for one elsewhere.
    """

    directory: Path
    log: AuditLog | None

    @property
    def scope(self) -> str | None:
        """
        The one insurer whose records may be shown; None stands for all.
        """
        return self.log.session.scope if self.log else None

    def narrowed(self, insurer: str | None) -> str | None:
        """
        Return the insurer to be shown: the one asked for, or the only one that may be.
        """
        return insurer or self.scope

    def note(self, record_type: RecordType, **facts: Unpack[Facts]) -> None:
        """
        Record, before anything is shown, that it was asked; a log elsewhere is only looked at.
        """
        if self.log is not None:
            self.log.write(record_type, **facts)


@contextmanager
def asking(
    this: Invocation,
    verb: Verb,
    directory: Path | None,
    *,
    insurers: Collection[str] = (),
    purpose: str | None = None,
) -> Iterator[Asked]:
    """
    Yield the configured archive's log for who may do *verb* there, or the one in *directory*.

    Raises as :func:`~bipro_sync.sync.acting.acting`.
    """
    if directory is not None:
        yield Asked(log_in(directory), None)
        return
    from ..model.ports import SystemClock
    from ..sync.acting import acting

    config = configured(this)
    opened = acting(config, SystemClock(), verb, purpose=purpose, insurers=insurers, identity=this.identity)
    with opened as log:
        yield Asked(config.archive.root / "audit", log)


def configured(this: Invocation) -> Config:
    """
    Return the configuration, or say how to do without one.
    """
    try:
        return this.config()
    except ConfigurationError as error:
        error.hint += "  Or name the log with `--directory DIR`, which needs no configuration."
        raise


def log_in(directory: Path) -> Path:
    """
    Return the log's directory in *directory*, which may be an archive's root or the log's own.
    """
    log = directory / "audit"
    if log.is_dir():
        return log
    if directory.is_dir():
        return directory
    raise UsageError(f"There is no audit log in {directory}.", hint="The first pull begins it; is the path right?")


def moments_of(text: str) -> list[datetime]:
    """
    Return the moments that *text* may mean, earliest first: a time without a zone is Berlin's, and October has an hour
    twice.  Raises :class:`~bipro_sync.errors.UsageError` for what is none.
    """
    from ..model.zone import moments

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time; write 2026-11-21 or 2026-11-21T10:15.") from error
    found = [moment] if moment.tzinfo else moments(moment)
    if not found:
        raise UsageError(
            f"There is no {text} in Berlin: clocks are put forward in that hour.",
            hint="Name the hour before or after it, or a time with its zone.",
        )
    return found


def since_of(text: str | None) -> datetime | None:
    """
    Return the first moment that *text* may mean.
    """
    return moments_of(text)[0] if text else None


def until_of(text: str | None) -> datetime | None:
    """
    Return the last moment that *text* may mean.
    """
    return moments_of(text)[-1] if text else None

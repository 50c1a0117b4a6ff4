"""What the questions about the audit log have in common: which log, who asks, and how a time is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from ..errors import ConfigurationError, IntegrityError, UsageError
from .console import Invocation


if TYPE_CHECKING:  # whoever asks for help needs neither the log nor the rights
    from ..audit import RecordType
    from ..audit.record import Facts
    from ..config import Config
    from ..model.rights import Verb
    from ..sync.acting import Entrance


Directory = Annotated[
    Path | None,
    typer.Option("--directory", metavar="DIR", help="A log or archive elsewhere; needs no configuration."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The log in *directory*, asked by somebody who may, about one *insurer* or, without one, about all.

    *config* is the one by which it is kept, and *entrance* tells who asks; both are None for a log elsewhere.
    """

    directory: Path
    insurer: str | None
    config: Config | None
    entrance: Entrance | None

    def note(self, record_type: RecordType, **facts: Unpack[Facts]) -> None:
        """
        Record, before anything is shown, that it was asked; a log elsewhere is only looked at.
        """
        from ..model.ports import SystemClock
        from ..sync.acting import opened_log

        if self.config and self.entrance:
            with opened_log(self.config, SystemClock(), self.entrance) as log:
                log.write(record_type, **facts)


def ask(
    this: Invocation,
    verb: Verb,
    directory: Path | None,
    *,
    insurer: str | None = None,
    purpose: str | None = None,
) -> Asked:
    """
    Return the configured archive's log, or the one in *directory*, for whoever may do *verb* there.

    Raises :class:`~bipro_sync.errors.NotPermittedError`, recorded, for who may not: a log that a configuration keeps is
    asked under it, wherever it is named; a log elsewhere is nobody's here to permit.
    """
    from ..model.ports import SystemClock
    from ..sync.acting import demand_purpose, enter

    log, config = log_of(this, directory)
    if config is None:
        return Asked(log, insurer, None, None)
    insurers = (insurer,) if insurer else ()
    entrance = enter(config, SystemClock(), verb, insurers=insurers, identity=this.identity)
    demand_purpose(config, verb, purpose)
    return Asked(log, insurer or entrance.session.scope, config, entrance)


def log_of(this: Invocation, directory: Path | None) -> tuple[Path, Config | None]:
    """
    Return the log's directory: the configured archive's, or the one in *directory*, which may be an archive's root;
    and the configuration by which it is kept, if any.

    Raises :class:`~bipro_sync.errors.ConfigurationError` where there is no archive yet, and
    :class:`~bipro_sync.errors.IntegrityError` where there is one without its log.
    """
    from ..archive import Layout
    from ..sync.acting import demand_begun
    from ..sync.card import keeper_of

    if directory is None:
        config = _configured(this)
        layout = Layout(config.archive.root)
        demand_begun(layout)
        if layout.audit.is_dir():
            return layout.audit, config
        raise IntegrityError(f"The audit log of the archive {layout.root} is gone: {layout.audit} is no directory.")
    for log in (directory / "audit", directory):
        if log.is_dir():
            return log, keeper_of(log)
    raise UsageError(f"There is no audit log in {directory}.", hint="Is the path right?")


def _configured(this: Invocation) -> Config:
    """
    Return the configuration, or say how to do without one.
    """
    try:
        return this.config()
    except ConfigurationError as error:
        error.hint += "  Or name the log with `--directory DIR`, which needs no configuration."
        raise


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

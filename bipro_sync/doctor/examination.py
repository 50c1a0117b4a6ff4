"""The whole examination, in the order in which a person would look; one insurer's failure hides no other's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime

from ..archive import Archive, CopyPlace
from ..catalog import Queries
from ..config import Config
from ..config import warnings as config_warnings
from ..errors import BiproSyncError, ExitCode, most_severe
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.kinds import Kind
from .access_checks import access_checks
from .alert_checks import alert_checks
from .archive_checks import copy_checks, schema_checks
from .audit_checks import audit_checks
from .check import Check, Verdict
from .insurer_checks import (
    certificate_checks,
    clock_checks,
    configuration_checks,
    list_checks,
    login_checks,
    right_checks,
    secret_checks,
    silence_checks,
    suspension_checks,
)
from .past import Past


Opened = tuple[Archive, Queries]


def examine(
    config: Config,
    insurers: Sequence[Insurer | MisconfiguredInsurer],
    *,
    archive: Callable[[], AbstractContextManager[Opened]],
    past: Callable[[Insurer], Past],
    now: datetime,
) -> Iterator[Check]:
    """
    Yield every finding.

    *archive* opens what is stored, *past* tells what runs have left behind; both may raise a
    :class:`~bipro_sync.errors.BiproSyncError`, which becomes a finding.
    """
    yield from _audit_checks(config)
    for warning in config_warnings(config):
        yield Check("configuration", None, Verdict.WARN, warning, "Decide whether that is meant so.")
    with ExitStack() as stack:
        opened = None
        try:
            opened = stack.enter_context(archive())
            yield Check("archive", None, Verdict.OK, f"The archive {config.archive.root} and its catalogue are there.")
        except BiproSyncError as error:
            begun = error.code != "no-archive"
            yield Check.failed("archive", None, error) if begun else _not_begun(error)
        yield from _access_checks(config, now)
        yield from _alert_checks(config)
        if copy := CopyPlace.of(config):
            yield from _copy_checks(copy, config)
        for insurer in insurers:
            yield from configuration_checks(insurer)
            if isinstance(insurer, Insurer):
                yield from _insurer_checks(insurer, opened, past, now)


def _not_begun(error: BiproSyncError) -> Check:
    return Check("archive", None, Verdict.WARN, error.message, error.hint)


def exit_code(checks: Iterable[Check]) -> ExitCode:
    """
    Return what the command ends with: the most severe failure's code; warnings are none.
    """
    return most_severe(check.exit_code for check in checks)


def _audit_checks(config: Config) -> Iterator[Check]:
    try:
        yield from audit_checks(config)
    except BiproSyncError as error:
        yield Check.failed("audit", None, error)


def _alert_checks(config: Config) -> Iterator[Check]:
    try:
        yield from alert_checks(config)
    except BiproSyncError as error:
        yield Check.failed("alerts", None, error)


def _access_checks(config: Config, now: datetime) -> Iterator[Check]:
    try:
        yield from access_checks(config, now)
    except BiproSyncError as error:
        yield Check.failed("access", None, error)


def _copy_checks(copy: CopyPlace, config: Config) -> Iterator[Check]:
    try:
        yield from copy_checks(copy, config.archive.reserve)
    except BiproSyncError as error:
        yield Check.failed("second-copy", None, error)


def _insurer_checks(
    insurer: Insurer, opened: Opened | None, past: Callable[[Insurer], Past], now: datetime
) -> Iterator[Check]:
    yield from secret_checks(insurer)
    yield from certificate_checks(insurer, now)
    try:
        known = past(insurer)
    except BiproSyncError as error:
        yield Check.failed("logins", insurer.name, error)
    else:
        yield from suspension_checks(insurer, known)
        yield from login_checks(insurer, known)
        yield from clock_checks(insurer, known)
        yield from right_checks(insurer, known, _delivered(opened, insurer))
        yield from list_checks(insurer, known)
        yield from silence_checks(insurer, known)
    if opened:
        try:
            yield from schema_checks(*opened, insurer.name)
        except BiproSyncError as error:
            yield Check.failed("schema", insurer.name, error)


def _delivered(opened: Opened | None, insurer: Insurer) -> Collection[Kind]:
    if opened is None:
        return ()
    _, queries = opened
    return next((summary.deliveries for summary in queries.summaries() if summary.insurer == insurer.name), ())

"""The whole examination, in the order in which a person would look; one insurer's failure hides no other's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime

from ..archive import Archive, CopyPlace
from ..catalog import Queries
from ..config import Config, DirectoryAnchor
from ..config import warnings as config_warnings
from ..errors import BiproSyncError, ExitCode, most_severe
from ..insurers import Insurer, MisconfiguredInsurer
from ..model.kinds import Kind
from ..systemd.units import DAEMON, started_at
from .access_checks import access_checks
from .alert_checks import alert_checks
from .archive_checks import copy_checks, schema_checks
from .audit_checks import audit_checks
from .backup_checks import backup_checks
from .check import Check, Verdict
from .credential_checks import credential_checks
from .endpoint_checks import endpoint_checks
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
from .machine_checks import clock_check, disk_checks, hanging_check, space_checks, sqlite_check
from .past import Past


Opened = tuple[Archive, Queries]


def examine(
    config: Config,
    insurers: Sequence[Insurer | MisconfiguredInsurer],
    *,
    archive: Callable[[], AbstractContextManager[Opened]],
    past: Callable[[Insurer], Past],
    now: datetime,
    offline: bool = False,
) -> Iterator[Check]:
    """
    Yield every finding; *offline* no machine of an insurer's is reached for, else for a handshake and nothing more.

    *archive* opens what is stored, *past* tells what runs have left behind; both may raise a
    :class:`~bipro_sync.errors.BiproSyncError`, which becomes a finding.
    """
    root = config.archive.root
    if hanging := hanging_check("The archive", root):
        yield replace(hanging, verdict=Verdict.FAIL, exit_code=ExitCode.STORAGE)
        return
    usable = [insurer for insurer in insurers if isinstance(insurer, Insurer)]
    # Before anything of the archive is opened: root, who alone may look into the store, goes on as its owner then.
    since = started_at(DAEMON)
    credentials = {insurer.name: list(credential_checks(insurer, since)) for insurer in usable}
    yield sqlite_check()
    if clock := clock_check():
        yield clock
    yield from _told("file-system", lambda: disk_checks(config))
    yield from _audit_findings(config)
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
        yield from _told("space", lambda: space_checks(config, opened[1] if opened else None, now))
        yield from _told("access", lambda: access_checks(config, now))
        yield from _told("alerts", lambda: alert_checks(config))
        yield from _told("backup", lambda: backup_checks(config, now))
        if copy := CopyPlace.of(config):
            hanging = hanging_check("The second copy", copy.root)
            yield from [hanging] if hanging else _told("second-copy", lambda: copy_checks(copy, config.archive.reserve))
        reached = {} if offline else endpoint_checks([each for each in usable if _in_service(each, past, now)], now)
        for insurer in insurers:
            yield from configuration_checks(insurer)
            if isinstance(insurer, Insurer):
                yield from credentials[insurer.name]
                yield from _insurer_checks(insurer, opened, past, now)
                yield from reached.get(insurer.name, ())


def _not_begun(error: BiproSyncError) -> Check:
    return Check("archive", None, Verdict.WARN, error.message, error.hint)


def exit_code(checks: Iterable[Check]) -> ExitCode:
    """
    Return what the command ends with: the most severe failure's code; warnings are none.
    """
    return most_severe(check.exit_code for check in checks)


def _audit_findings(config: Config) -> Iterator[Check]:
    """
    Yield how the log is signed and anchored; an anchor whose mount hangs is told of and left alone.
    """
    hanging = {
        anchor.path: finding
        for anchor in config.audit.anchors or ()
        if isinstance(anchor, DirectoryAnchor) and (finding := hanging_check(f"The anchor {anchor.name},", anchor.path))
    }
    yield from hanging.values()
    yield from _told("audit", lambda: audit_checks(config, leave=hanging))


def _told(check_id: str, checks: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    """
    Yield the findings, the error that ends them included.
    """
    try:
        yield from checks()
    except BiproSyncError as error:
        yield Check.failed(check_id, None, error)


def _in_service(insurer: Insurer, past: Callable[[Insurer], Past], now: datetime) -> bool:
    """
    Say whether anything may be sent to an insurer; where that cannot be told, its own findings say why.
    """
    if insurer.contract_end and now.date() >= insurer.contract_end:
        return False
    try:
        return past(insurer).suspended is None
    except BiproSyncError:
        return False


def _insurer_checks(
    insurer: Insurer, opened: Opened | None, past: Callable[[Insurer], Past], now: datetime
) -> Iterator[Check]:
    yield from secret_checks(insurer)
    try:
        known = past(insurer)
    except BiproSyncError as error:
        yield from certificate_checks(insurer, Past(), now)
        yield Check.failed("logins", insurer.name, error)
    else:
        yield from certificate_checks(insurer, known, now)
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

"""How old the last backup is; the directory that it lies in is not looked at, its mount may hang."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..archive import LATE, Layout, last_backup
from ..config import Config
from .check import Check, Verdict


_ID = "backup"


def backup_checks(config: Config, now: datetime) -> Iterator[Check]:
    """
    Yield whether the archive is backed up, and how old the last backup is; nothing before there is an archive.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be read.
    """
    layout = Layout(config.archive.root)
    if not layout.is_begun:
        return
    last = last_backup(layout)
    if not config.backup.directory and last is None:
        verdict = Verdict.OK if config.environment == "test" else Verdict.WARN
        remedy = "Name a [backup] directory on another disk, unless something else copies the archive (docs/backup.md)."
        yield Check(_ID, None, verdict, "The archive is backed up nowhere, as far as the configuration says.", remedy)
        return
    remedy = "`bipro-sync backup create` makes one; `systemctl enable --now bipro-sync-backup.timer` one each day."
    if last is None:
        yield Check(_ID, None, Verdict.WARN, "The archive was never backed up.", remedy)
        return
    late = now - last.at > LATE
    days = (now - last.at).days
    sentence = f"The last backup is of {last.at:%Y-%m-%d %H:%M} UTC, in {last.directory}; days since: {days}."
    yield Check(_ID, None, Verdict.WARN if late else Verdict.OK, sentence, remedy if late else "")

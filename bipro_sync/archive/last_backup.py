"""What an archive remembers of its last backup, for whoever makes the next one and whoever asks how old it is.

It is in no backup: a restored archive was never backed up where it now lies.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ..durable import exists, make_directory, read_whole, replace
from .layout import Layout


LATE = timedelta(days=3)
"""The age by which something is wrong: a backup is made each day."""

VERY_LATE = timedelta(days=10)


class LastBackup(msgspec.Struct, frozen=True, kw_only=True):
    """
    The last backup that ended well: *at* when, under which name, where, and how many records of the log it holds.
    """

    at: datetime
    name: str
    directory: str
    target: str
    records: int


_DECODER = msgspec.json.Decoder(LastBackup)


def last_backup(layout: Layout) -> LastBackup | None:
    """
    Return the last backup of the archive that this machine remembers, None where there is none.
    """
    path = layout.backup / "last.json"
    try:
        return _DECODER.decode(read_whole(path)) if exists(path) else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def keep_last_backup(layout: Layout, last: LastBackup) -> None:
    """
    Remember it durably.
    """
    make_directory(layout.backup)
    replace(layout.backup / "last.json", msgspec.json.encode(last))

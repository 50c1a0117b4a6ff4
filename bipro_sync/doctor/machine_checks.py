"""What the machine must be for an archive to last: clock, SQLite, disk, file system; nothing outside of it is asked."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ..catalog import SAFE_SQLITE, Queries, sqlite_version
from ..config import Config
from ..durable import exists, free_space
from ..durable.mounts import MEMORY_TYPES, answers, is_encrypted, mount_of
from ..errors import ExitCode
from .check import Check, Verdict


ANSWER_SECONDS = 3.0
"""How long a file system may take before it counts as hanging."""

GROWTH_OVER = timedelta(days=30)
"""The days by which the archive's growth is reckoned."""

_LEAST_HISTORY = timedelta(days=7)
_FEW_DAYS = 90
_FEW_FILES = 10_000
_TIME_ERROR = 5
"""What adjtimex(2) returns where nothing has set the clock."""

_TIMEX_BYTES = 512
"""More than any kernel's `struct timex`; zeros in it say that nothing is to be changed."""


def hanging_check(what: str, path: Path) -> Check | None:
    """
    Return the finding that the file system of *path* does not answer; None where it does.
    """
    if answers(path, ANSWER_SECONDS):
        return None
    sentence = f"{what} {path} does not answer within {ANSWER_SECONDS:.0f} s: its mount hangs, so it was not looked at."
    remedy = "Is the other machine there?  `umount -l` frees who waits; mount network disks with soft or a timeout."
    return Check("mounts", None, Verdict.WARN, sentence, remedy)


def clock_check() -> Check | None:
    """
    Return whether anything keeps this machine's clock right; None where the kernel does not say.
    """
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    if state == _TIME_ERROR:
        sentence = "Nothing keeps this machine's clock right: the kernel calls it unsynchronised."
        remedy = "`timedatectl set-ntp true`, or chrony; a wrong clock makes signed logins and terms wrong."
        return Check("clock", None, Verdict.WARN, sentence, remedy)
    return None if state < 0 else Check("clock", None, Verdict.OK, "This machine's clock is kept right.")


def sqlite_check() -> Check:
    """
    Return whether SQLite is of a version that does not damage what several processes write.
    """
    found = sqlite_version()
    text = ".".join(map(str, found))
    if found >= SAFE_SQLITE:
        return Check("sqlite", None, Verdict.OK, f"SQLite is {text}.")
    least = ".".join(map(str, SAFE_SQLITE))
    remedy = f"Install bipro-sync with its own SQLite (pysqlite3); {least} mends an error that damages catalogues."
    return Check("sqlite", None, Verdict.FAIL, f"SQLite is {text}.", remedy, ExitCode.STORAGE)


def disk_checks(config: Config) -> Iterator[Check]:
    """
    Yield on what the archive lies, or will lie, and whether that disk is encrypted, as far as it can be seen from here.

    Raises :class:`~bipro_sync.errors.StorageError` where it cannot be looked at.
    """
    root = _there(config.archive.root)
    mount = mount_of(root)
    if mount is not None:
        yield _file_system(config, mount.type, is_remote=mount.is_remote)
    encrypted = is_encrypted(root)
    if encrypted:
        yield Check("encryption", None, Verdict.OK, "The archive's disk is encrypted.")
        return
    seen = "cannot be seen from here" if encrypted is None else "is not to be seen: the kernel does none"
    sentence = f"An encryption of the archive's disk {seen}."
    remedy = "Put the archive on LUKS, unless what lies beneath this machine encrypts; a stolen disk is read otherwise."
    yield Check("encryption", None, Verdict.WARN, sentence, remedy)


def _file_system(config: Config, kind: str, *, is_remote: bool) -> Check:
    name, root = "file-system", config.archive.root
    if is_remote and not config.archive.network_file_system:
        sentence = f"The archive {root} lies on {kind}, a network file system, whose locks and fsyncs may lie."
        remedy = "Use a disk of this machine; [archive] network_file_system = true allows it all the same."
        return Check(name, None, Verdict.FAIL, sentence, remedy, ExitCode.CONFIGURATION)
    if is_remote:
        sentence = f"The archive {root} lies on {kind}, a network file system, as the configuration allows."
        return Check(name, None, Verdict.WARN, sentence, "A disk of this machine keeps what it says it has written.")
    if kind in MEMORY_TYPES:
        sentence = f"The archive {root} lies on {kind}: it ends with this machine's power."
        return Check(name, None, Verdict.WARN, sentence, "Use a disk.")
    return Check(name, None, Verdict.OK, f"The archive lies on {kind}, a file system of this machine.")


def space_checks(config: Config, queries: Queries | None, now: datetime) -> Iterator[Check]:
    """
    Yield how much room is left, and for how many days at the pace of the last weeks.

    Raises :class:`~bipro_sync.errors.StorageError` where that cannot be told.
    """
    root = _there(config.archive.root)
    free, room = free_space(root), os.statvfs(root)
    if free < config.archive.reserve:
        sentence = f"The archive's disk has {_size(free)} left, less than [archive] reserve, so only mail is fetched."
        yield Check("space", None, Verdict.WARN, sentence, "Make room before mail has none either.")
        return
    if room.f_files and room.f_favail < _FEW_FILES:
        sentence = f"The archive's file system has room for {room.f_favail:,} more files only, whatever their size."
        yield Check("space", None, Verdict.WARN, sentence, "Make it anew with more inodes, or use XFS or Btrfs.")
    left = _days_left(free - config.archive.reserve, queries, now)
    if left is None:
        yield Check("space", None, Verdict.OK, f"The archive's disk has {_size(free)} left.")
        return
    sentence = f"The archive's disk has {_size(free)} left: enough for {left:,} days as it grew lately."
    few = left < _FEW_DAYS
    yield Check("space", None, Verdict.WARN if few else Verdict.OK, sentence, "Order a larger one." if few else "")


def _days_left(room: int, queries: Queries | None, now: datetime) -> int | None:
    """
    Return for how many days *room* bytes last; None where there is too little history to tell.
    """
    if queries is None:
        return None
    growth, first = queries.grown_since(now - GROWTH_OVER)
    if not growth or first is None or now - first < _LEAST_HISTORY:
        return None
    return int(room / (growth / ((now - first) / timedelta(days=1))))


def _there(root: Path) -> Path:
    """
    Return *root*, or the nearest directory above it that there is.
    """
    while not exists(root):
        root = root.parent
    return root


def _size(amount: int) -> str:
    return f"{amount / 1_000_000_000:,.1f} GB" if amount >= 1_000_000_000 else f"{amount / 1_000_000:,.0f} MB"  # noqa: PLR2004 - a billion

"""Directories: made durable with their names, published whole by one rename, and withdrawn."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from .files import make_file_durable
from .looking import children, exists, is_file
from .problems import errors
from .syncing import synced_directory


_PERMISSIONS = stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO
_UMASK = threading.Lock()


def make_directory(path: Path, mode: int = 0o700) -> None:
    """
    Make the directory and its missing parents; each new entry is durable when it returns.
    """
    missing = [path]
    while not exists(missing[-1].parent):
        missing.append(missing[-1].parent)
    for directory in reversed(missing):
        with errors("make the directory", directory), synced_directory(directory.parent):
            try:
                directory.mkdir(mode=mode)
            except FileExistsError:
                if not directory.is_dir():
                    raise


def make_alike(directory: Path, root: Path) -> None:
    """
    Make a directory below *root*, and its missing parents, each as open as *root* is; durable when it returns.

    No mode is set afterwards: the kernel hands the set-group-ID bit down, which a unit with `RestrictSUIDSGID=` may
    not set.
    """
    with errors("look at", root):
        mode = stat.S_IMODE(root.stat().st_mode) & _PERMISSIONS
    # The process' own, so one at a time; files of ours have their modes without it.
    with _UMASK:
        before = os.umask(0)
        try:
            make_directory(directory, mode)
        finally:
            os.umask(before)


def make_reachable(directory: Path, root: Path) -> None:
    """
    Make the directory where it is missing, and its name and its parents' up to *root* durable, whoever made them.

    Another process, or another thread, may have made one and not come to its fsync.
    """
    make_directory(directory)
    for parent in directory.parents:
        if parent.is_relative_to(root):
            with errors("make durable", parent), synced_directory(parent):
                pass


class DirectoryMaker:
    """
    Makes directories below *root* as :func:`make_reachable` does, and asks the device only once for each.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()

    def make(self, path: Path) -> None:
        """
        Make the directory; durable when it returns.
        """
        # Entered only once it is durable: of two threads that make it at once, both ask the device.
        if path not in self._durable:
            make_reachable(path, self._root)
            self._durable.add(path)


def make_scratch(path: Path, mode: int = 0o700) -> None:
    """
    Make a directory for work in progress, which a power cut may forget; nothing is lost with it.
    """
    with errors("make the directory", path):
        path.mkdir(mode=mode)


def rename_within(directory: Path, names: Mapping[str, str]) -> None:
    """
    Give files in a directory of work in progress other names; durable once the directory is published.
    """
    with errors("name the files in", directory):
        for old, new in names.items():
            (directory / old).rename(directory / new)


def publish_directory(source: Path, target: Path) -> None:
    """
    Let the directory *source* appear as *target* by one rename, and make it read-only.

    Its files must be finished, and were made :data:`READ_ONLY`; *target*'s parent must be durable.  Durable when it
    returns: the entries inside and the new name; that the old name is gone is so as soon as the new one is there, since
    a rename is one step on every file system with a journal.  Raises :class:`FileExistsError` where *target* exists:
    nothing is ever replaced.  Moving a directory needs write permission on the directory itself, so it becomes
    read-only only after the move.
    """
    if exists(target):
        raise FileExistsError(errno.EEXIST, "exists already", str(target))
    with errors("publish", target):
        with synced_directory(source):
            pass
        with synced_directory(target.parent):
            source.rename(target)
    seal(target)


def seal(directory: Path) -> None:
    """
    Make a published directory read-only; after a power cut it may be writable again for its owner.
    """
    with errors("make read-only", directory):
        directory.chmod(0o500)


def withdraw_directory(target: Path, source: Path) -> None:
    """
    Take back what was published and may not be durable, as far as the device still obeys.
    """
    with suppress(OSError):
        target.chmod(0o700)
        target.rename(source)


def make_durable(directory: Path, root: Path) -> None:
    """
    Make durable what another process has published: the files of *directory*, itself, and its parents up to *root*.
    """
    inside = [path for path in children(directory) if is_file(path)]
    above = [parent for parent in directory.parents if parent.is_relative_to(root)]
    for path in (*inside, directory, *above):
        make_file_durable(path)


def remove_tree(path: Path) -> None:
    """
    Remove work in progress; never used on anything published.
    """
    with errors("remove", path):
        shutil.rmtree(path)


def remove_published(directory: Path, files: Collection[str]) -> None:
    """
    Remove these files of a published directory, and itself where nothing else is in it; durable when it returns.

    The one way in which anything published ever goes: a durable tombstone names the files before.  What a crash
    leaves is removed by doing it again.
    """
    if not exists(directory):
        return
    with errors("remove what gave way to a tombstone in", directory):
        directory.chmod(0o700)
        with synced_directory(directory):
            for name in files:
                (directory / name).unlink(missing_ok=True)
        if any(directory.iterdir()):
            directory.chmod(0o500)
            return
        with synced_directory(directory.parent):
            directory.rmdir()

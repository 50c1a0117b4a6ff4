"""Files that are whole and durable, or not there: new ones, such as take another's place, and their names."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from .looking import names
from .problems import errors
from .reading import Digest
from .syncing import synced_directory, write_all


HEAD = 1024
"""First bytes of a new file that are remembered, for recognising its content."""

READ_ONLY = 0o400
"""The mode of a file that is never written again; only the descriptor that made it can."""


class NewFile:
    """
    A file being written for the first time, hashed on its way; it never replaces another.

    Its bytes are durable once :meth:`finish` or :func:`finish_all` has returned; its directory entry is not, before the
    directory was published or fsynced.
    """

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self.path = path
        self.size = 0
        self.head = b""
        self._hash = hashlib.sha256()
        with errors("create", path):
            self._descriptor: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)

    def write(self, data: bytes) -> None:
        """
        Append *data*.
        """
        if self._descriptor is None:
            raise ValueError("the file is finished")
        with errors("write", self.path):
            write_all(self._descriptor, data)
        self._hash.update(data)
        self.size += len(data)
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]

    @property
    def digest(self) -> Digest:
        """
        What was written so far.
        """
        return Digest(self.size, {"sha256": self._hash.hexdigest()})

    def open_to(self, mode: int) -> None:
        """
        Give the file this mode, whatever this process keeps from others by default.
        """
        if self._descriptor is None:
            raise ValueError("the file is finished")
        with errors("change the mode of", self.path):
            os.fchmod(self._descriptor, mode)

    def begin_to_write_out(self) -> None:
        """
        Let the device begin to take the bytes, without waiting for it.
        """
        if self._descriptor is None:
            raise ValueError("the file is finished")
        with errors("write", self.path):
            os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def finish(self) -> Digest:
        """
        Make the bytes durable, close, and return what was written.
        """
        if self._descriptor is None:
            raise ValueError("the file is finished")
        descriptor, self._descriptor = self._descriptor, None
        with errors("make durable", self.path):
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return self.digest

    def abandon(self) -> None:
        """
        Close without promising anything; the caller removes the file with its directory.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def finish_all(files: Sequence[NewFile]) -> None:
    """
    Finish several files at once: the bytes of all are under way before the first is waited for, so that a journal
    which they share is written once and not once for each.
    """
    for file in files:
        file.begin_to_write_out()
    for file in files:
        file.finish()


def write_new(path: Path, data: bytes, mode: int = 0o600) -> Digest:
    """
    Write a file that did not exist: all of it or nothing, durable when it returns.
    """
    with errors("write", path), synced_directory(path.parent):
        file = NewFile(path, mode)
        try:
            file.write(data)
            return file.finish()
        except BaseException:
            file.abandon()
            path.unlink()
            raise


def replace(path: Path, data: bytes, mode: int = 0o600, *, exactly: bool = False) -> None:
    """
    Put *data* in the place of *path*'s content: all of it or nothing, durable when it returns.

    With *exactly* the file has this mode whatever this process keeps from others by default.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with errors("replace", path), synced_directory(path.parent):
        file = NewFile(draft, mode)
        try:
            file.write(data)
            if exactly:
                file.open_to(mode)
            file.finish()
            draft.rename(path)
        except BaseException:
            file.abandon()
            draft.unlink(missing_ok=True)
            raise


def remove_drafts(directory: Path, of: str) -> None:
    """
    Remove the drafts in *directory* that processes left which died in :func:`replace`, of files whose names match *of*.

    The caller holds the lock under which these files are replaced, so that no draft is anybody's any more.  Only
    regular files are removed, and no link is followed; durable when it returns.
    """
    draft = re.compile(rf"\.(?:{of})\.[0-9a-f]{{8}}")
    found = [name for name in names(directory) if draft.fullmatch(name)]
    for path in (directory / name for name in found):
        with errors("look at", path):
            is_ours = stat.S_ISREG(path.lstat().st_mode)
        if is_ours:
            remove_file(path)


def give_name(draft: Path, path: Path) -> bool:
    """
    Let a whole file appear under another name, durably; False where that name is taken: nothing is ever replaced.
    """
    with errors("name", path), synced_directory(path.parent):
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
    return True


def take_place(draft: Path, path: Path) -> None:
    """
    Let a whole file, durable already, stand where *path* stood; the new name is durable when it returns.
    """
    with errors("replace", path), synced_directory(path.parent):
        draft.rename(path)


def move(draft: Path, path: Path) -> None:
    """
    The same, where many are moved: durable once :func:`make_file_durable` was called with the directory of *path*.
    """
    with errors("replace", path):
        draft.rename(path)


def remove_file(path: Path) -> None:
    """
    Remove one file of ours (a reserve, a draft); durable when it returns.
    """
    with errors("remove", path), synced_directory(path.parent):
        path.unlink(missing_ok=True)


def make_file_durable(path: Path) -> None:
    """
    Make durable what anybody has written to a file so far.
    """
    with errors("make durable", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

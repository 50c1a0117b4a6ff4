"""The only room that writes files, renames and fsyncs; what a function here returned from has reached the device.

Three habits, each against a known loss: a directory is opened *before* the operation that changes it and
fsynced after it, so that a write-back error cannot be lost with an evicted inode; a file is fsynced through
the descriptor that wrote it; a failed fsync is never repeated (the kernel may have dropped the pages and
would then report success).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import DiskFullError, StorageError


CHUNK = 1 << 20
"""Bytes read or hashed at once."""

HEAD = 1024
"""First bytes of a new file that are remembered, for recognising its content."""

READ_ONLY = 0o400
"""The mode of a file that is never written again; only the descriptor that made it can."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_error(action: str, path: Path | str, error: OSError) -> StorageError:
    """
    Return the error of ours that says what could not be done, with which file, and why.
    """
    reason = error.strerror or type(error).__name__
    kind = DiskFullError if error.errno in _FULL else StorageError
    return kind(f"Cannot {action} {path}: {reason}.")


class errors:  # noqa: N801 - reads as the function that it would be, were there not fifty of it a shipment
    """
    A block in which what the system reports becomes an error of ours; it may be entered again.
    """

    __slots__ = ("_action", "_path")

    def __init__(self, action: str, path: Path | str) -> None:
        self._action = action
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise storage_error(self._action, self._path, error) from error


@contextmanager
def _synced_directory(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path, mode: int = 0o700) -> None:
    """
    Make the directory and its missing parents; each new entry is durable when it returns.
    """
    missing = [path]
    while not exists(missing[-1].parent):
        missing.append(missing[-1].parent)
    for directory in reversed(missing):
        with errors("make the directory", directory), _synced_directory(directory.parent):
            try:
                directory.mkdir(mode=mode)
            except FileExistsError:
                if not directory.is_dir():
                    raise


@dataclass(frozen=True, slots=True)
class Digest:
    """
    What a file holds: its size in bytes and its digests in hexadecimal, by algorithm name.
    """

    size: int
    digests: dict[str, str]

    @property
    def sha256(self) -> str:
        """
        The SHA-256, which is always among the digests.
        """
        return self.digests["sha256"]


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
            _write_all(self._descriptor, data)
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


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_new(path: Path, data: bytes, mode: int = 0o600) -> Digest:
    """
    Write a file that did not exist: all of it or nothing, durable when it returns.
    """
    with errors("write", path), _synced_directory(path.parent):
        file = NewFile(path, mode)
        try:
            file.write(data)
            return file.finish()
        except BaseException:
            file.abandon()
            path.unlink()
            raise


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """
    Put *data* in the place of *path*'s content: all of it or nothing, durable when it returns.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with errors("replace", path), _synced_directory(path.parent):
        file = NewFile(draft, mode)
        try:
            file.write(data)
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
        with _synced_directory(source):
            pass
        with _synced_directory(target.parent):
            source.rename(target)
    seal(target)


def make_durable(directory: Path, root: Path) -> None:
    """
    Make durable what another process has published: the files of *directory*, itself, and its parents up to *root*.
    """
    inside = [path for path in children(directory) if is_file(path)]
    above = [parent for parent in directory.parents if parent.is_relative_to(root)]
    for path in (*inside, directory, *above):
        make_file_durable(path)


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


def make_reachable(directory: Path, root: Path) -> None:
    """
    Make the directory where it is missing, and its name and its parents' up to *root* durable, whoever made them.

    Another process, or another thread, may have made one and not come to its fsync.
    """
    make_directory(directory)
    for parent in directory.parents:
        if parent.is_relative_to(root):
            with errors("make durable", parent), _synced_directory(parent):
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


def withdraw_directory(target: Path, source: Path) -> None:
    """
    Take back what was published and may not be durable, as far as the device still obeys.
    """
    with suppress(OSError):
        target.chmod(0o700)
        target.rename(source)


def exists(path: Path | str) -> bool:
    """
    Say whether there is anything at *path*; where that cannot be told, it is an error and not a "no".
    """
    return _mode(path) is not None


def is_file(path: Path) -> bool:
    """
    Say whether *path* is a file; as :func:`exists` does.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def is_directory(path: Path) -> bool:
    """
    Say whether *path* is a directory; as :func:`exists` does.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def children(directory: Path) -> list[Path]:
    """
    Return what lies in *directory*, by name; nothing where there is no such directory.
    """
    if not is_directory(directory):
        return []
    with errors("look into", directory):
        return sorted(directory.iterdir())


def names(directory: Path) -> Iterator[str]:
    """
    Yield the names in *directory*, in no order and one by one: a month may hold a million; none where there is none.
    """
    mode = _mode(directory)
    if mode is None or not stat.S_ISDIR(mode):
        return
    with errors("look into", directory), os.scandir(directory) as entries:
        for entry in entries:
            yield entry.name


def size_of(path: Path) -> int | None:
    """
    Return a file's size in bytes; None where *path* is no file.
    """
    return path.stat().st_size if is_file(path) else None


def _mode(path: Path | str) -> int | None:
    # Not Path.exists, which from Python 3.14 on takes every error for a "no".
    with errors("look at", path):
        try:
            return os.stat(path).st_mode  # noqa: PTH116 - a third of Path's cost, and asked ten times a shipment
        except (FileNotFoundError, NotADirectoryError):
            return None


def seal(directory: Path) -> None:
    """
    Make a published directory read-only; after a power cut it may be writable again for its owner.
    """
    with errors("make read-only", directory):
        directory.chmod(0o500)


def give_name(draft: Path, path: Path) -> bool:
    """
    Let a whole file appear under another name, durably; False where that name is taken: nothing is ever replaced.
    """
    with errors("name", path), _synced_directory(path.parent):
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
    return True


def take_place(draft: Path, path: Path) -> None:
    """
    Let a whole file, durable already, stand where *path* stood; the new name is durable when it returns.
    """
    with errors("replace", path), _synced_directory(path.parent):
        draft.rename(path)


def read_back(path: Path, algorithms: Sequence[str] = ("sha256",)) -> Digest:
    """
    Read the file from the device, not from the page cache, and return what it holds (invariant I1).
    """
    hashes = {name: hashlib.new(name, usedforsecurity=name == "sha256") for name in {"sha256", *algorithms}}
    size = 0
    with errors("read back", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            while chunk := os.read(descriptor, CHUNK):
                size += len(chunk)
                for each in hashes.values():
                    each.update(chunk)
        finally:
            os.close(descriptor)
    return Digest(size, {name: each.hexdigest() for name, each in hashes.items()})


def chunks(path: Path) -> Iterator[bytes]:
    """
    Yield a file's bytes, for copying them.
    """
    with errors("read", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            with errors("read", path):
                chunk = os.read(descriptor, CHUNK)
            if not chunk:
                return
            yield chunk
    finally:
        os.close(descriptor)


def read_tail(path: Path, length: int) -> bytes:
    """
    Return the last *length* bytes of a file, read from the device.
    """
    with errors("read", path), path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.seek(max(0, file.seek(0, os.SEEK_END) - length))
        return file.read()


def read_whole(path: Path) -> bytes:
    """
    Return a small file's content, read from the device.
    """
    with errors("read", path), path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read()


class AppendFile:
    """
    A file that only grows; after a failed fsync it *is broken*, and takes nothing more.
    """

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self.path = path
        self.is_broken = False
        self._synced = True
        with errors("open", path), _synced_directory(path.parent):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)

    def size(self) -> int:
        """
        Return the size in bytes, other processes' appends included.
        """
        with errors("look at", self.path):
            return os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """
        Return up to *length* bytes from *offset*.
        """
        with errors("read", self.path):
            return os.pread(self._descriptor, length, offset)

    def append(self, data: bytes) -> None:
        """
        Append *data*, which :meth:`sync` makes durable.

        A write that stopped half-way is taken back, so that a full disk leaves whole lines only.
        """
        self._demand_whole()
        before = self.size()
        try:
            with errors("append to", self.path):
                _write_all(self._descriptor, data)
        except StorageError:
            self.truncate(before)
            raise
        self._synced = False

    def sync(self) -> None:
        """
        Make durable what was appended here; nothing is done where nothing was.
        """
        if self._synced:
            return
        self._demand_whole()
        try:
            with errors("make durable", self.path):
                os.fsync(self._descriptor)
        except StorageError:
            self.is_broken = True
            raise
        self._synced = True

    def sync_all(self) -> None:
        """
        Make durable what was appended here and by other processes.
        """
        self._synced = False
        self.sync()

    def _demand_whole(self) -> None:
        if self.is_broken:
            raise StorageError(f"{self.path} failed before and takes nothing more in this run.")

    def truncate(self, size: int) -> None:
        """
        Cut the file to *size* bytes.
        """
        with errors("cut", self.path):
            os.ftruncate(self._descriptor, size)

    def close(self) -> None:
        """
        Close the file.
        """
        os.close(self._descriptor)


class FileLock:
    """
    An exclusive kernel lock on a file of its own; the kernel frees it when the process ends, however it ends.
    """

    _FLAGS = os.O_RDWR | os.O_CREAT

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool, shared: bool = False) -> bool:
        """
        Take the lock and return True; without *wait*, return False where another process holds it.

        Any number may hold it *shared*, and then nobody alone.
        """
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        with errors("lock", self.path):
            descriptor = os.open(self.path, self._FLAGS | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """
        Free the lock.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire(wait=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class LockOfAnother(FileLock):
    """
    The same on a file that is there already and may be another user's, who lets it be read.
    """

    _FLAGS = os.O_RDONLY


class DirectoryLock(FileLock):
    """
    The same on a directory, where a file of its own would be in the way.
    """

    _FLAGS = os.O_RDONLY | os.O_DIRECTORY


def free_space(path: Path) -> int:
    """
    Return the bytes an ordinary user may still write below *path*.
    """
    with errors("look at", path):
        state = os.statvfs(path)
    return state.f_bavail * state.f_frsize


def device(path: Path) -> int:
    """
    Return the number of the file system that *path* lies on.
    """
    with errors("look at", path):
        return path.stat().st_dev


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
        with _synced_directory(directory):
            for name in files:
                (directory / name).unlink(missing_ok=True)
        if any(directory.iterdir()):
            directory.chmod(0o500)
            return
        with _synced_directory(directory.parent):
            directory.rmdir()


def remove_file(path: Path) -> None:
    """
    Remove one file of ours (a reserve, a draft); durable when it returns.
    """
    with errors("remove", path), _synced_directory(path.parent):
        path.unlink(missing_ok=True)

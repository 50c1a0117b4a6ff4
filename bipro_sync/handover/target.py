"""A directory that another system watches: files appear in it whole, and never outside of it."""

from __future__ import annotations

import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..durable import (
    NewFile,
    chunks,
    errors,
    exists,
    is_directory,
    make_alike,
    make_directory,
    names,
    remove_file,
    remove_tree,
    take_place,
)
from ..errors import HandoverError, IntegrityError, StorageError
from .contents import Item


INCOMING = ".bipro-sync"
"""Where files are written before they appear, below the target; that it is there tells the target from an empty mount
point."""

_DRAFT = re.compile(r"[0-9a-f]{16}\.part")
_OTHERS = stat.S_IRWXO
_FILE_MODES = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP


@contextmanager
def target_errors(name: str) -> Iterator[None]:
    """
    Turn a storage error inside the block into the target's own, which stops nothing else.
    """
    try:
        yield
    except StorageError as error:
        raise HandoverError(f"{name}: {error.message}") from error


@dataclass(frozen=True, slots=True)
class Target:
    """
    The directory *root*, which its configuration calls *name*.
    """

    name: str
    root: Path

    def demand(self, *, begun: bool) -> None:
        """
        Make sure that this is the target, mounted and closed to others, and remove what a dead run left half written.

        The caller holds the target's lock.  *begun* says that something was handed over to it before.  Raises
        :class:`~bipro_sync.errors.HandoverError`.
        """
        with target_errors(self.name):
            if not is_directory(self.root):
                raise HandoverError(f"{self.name}: the target {self.root} is not there, or is no directory.")
            with errors("look at", self.root):
                mode = self.root.stat().st_mode
            if mode & _OTHERS:
                raise HandoverError(
                    f"{self.name}: the target {self.root} is open to everybody on this machine, so nothing was handed "
                    "over.",
                    hint="It holds customers' data: `chmod o= ` it, and let its group be who reads it.",
                )
            if begun and not exists(self._incoming):
                raise HandoverError(
                    f"{self.name}: the target {self.root} is not mounted, or is another directory: {INCOMING} is not "
                    "in it.",
                    hint=f"Mount it.  If it is a new one, make the directory {INCOMING} in it.",
                )
            make_directory(self._incoming)
            for each in [each for each in names(self._incoming) if _DRAFT.fullmatch(each)]:
                remove_file(self._incoming / each)

    def bring(self, item: Item, path: PurePosixPath) -> None:
        """
        Let a file appear at *path*, whole; durable when it returns.

        Raises :class:`~bipro_sync.errors.IntegrityError` where the archive holds other bytes than were received; then
        nothing appears.
        """
        self._appear(chunks(item.source) if item.source else iter([item.data]), path, item.sha256)

    def put(self, data: bytes, path: PurePosixPath) -> None:
        """
        Let a file of our own appear at *path*, in the place of an earlier one; durable when it returns.
        """
        self._appear(iter([data]), path, None)

    def end(self) -> None:
        """
        Take away what tells a target from other directories, where nothing is handed over to it any more.
        """
        remove_tree(self._incoming)

    @property
    def _incoming(self) -> Path:
        return self.root / INCOMING

    def _appear(self, content: Iterator[bytes], path: PurePosixPath, sha256: str | None) -> None:
        draft, final = self._incoming / f"{secrets.token_hex(8)}.part", self.root / path
        make_alike(final.parent, self.root)
        with errors("look at", self.root):
            mode = stat.S_IMODE(self.root.stat().st_mode) & _FILE_MODES
        file = NewFile(draft)
        try:
            for chunk in content:
                file.write(chunk)
            file.open_to(mode)
            if file.finish().sha256 != (sha256 or file.digest.sha256):
                raise IntegrityError(f"{path.name} does not hold the bytes that were received.")
            take_place(draft, final)
        except BaseException:
            file.abandon()
            draft.unlink(missing_ok=True)
            raise

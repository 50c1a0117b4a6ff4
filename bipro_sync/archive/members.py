"""What lies in a ZIP file, read within limits and never written anywhere; what exceeds them is a reason, not an error.

Nothing a ZIP file says of itself is believed: what is read of an entry ends at the size that was allowed for it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from ..durable import HEAD
from .recognise import ZIP, Content, recognise


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much of a ZIP file is read: entries, bytes of one and of all together, and bytes for one of the ZIP file.

    GDV files are blanks for the most part: real ones become thirty times smaller, and few of them a hundred times.
    """

    entries: int = 1_000
    directory: int = 1 << 20
    entry: int = 4 << 30
    whole: int = 8 << 30
    ratio: int = 500


LIMITS = Limits()

_END = struct.Struct("<4s4xHHLLH")
_END_MAGIC = b"PK\x05\x06"
_LONGEST_COMMENT = 0xFFFF
_ENCRYPTED = 0x0001
_READ = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGED = "it is damaged"
_FREE = 1 << 20
"""Bytes up to which it does not matter how small an entry has become."""

_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error),
)
"""What the standard library raises for a ZIP file that is damaged or meant to do harm."""


@dataclass(frozen=True, slots=True)
class Member:
    """
    An entry that may be read: its *number*, from 1, its size in bytes by its own word, and what it is.
    """

    number: int
    size: int
    content: Content
    _zip: zipfile.ZipFile
    _info: zipfile.ZipInfo

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """
        Yield its bytes; no more come than its size.  Raises :class:`UnreadableMemberError` where it is damaged.
        """
        try:
            with self._zip.open(self._info) as file:
                yield cast("BinaryIO", file)
        except _UNREADABLE as error:
            raise UnreadableMemberError(_DAMAGED) from error


@dataclass(frozen=True, slots=True)
class Unopened:
    """
    An entry that is not read, and why; *number* is 0 where the whole ZIP file is not.
    """

    number: int
    reason: str


class UnreadableMemberError(Exception):
    """
    An entry that promised to be readable is not; the text says why, without its name.
    """


@contextmanager
def opened_zip(path: Path, limits: Limits = LIMITS) -> Iterator[Iterator[Member | Unopened]]:
    """
    Yield what is in the ZIP file at *path*: entries to read, and those that are not; directories are left out.

    The entries can be opened inside the block, one at a time.
    """
    if reason := _objection(path, limits):
        yield iter([Unopened(0, reason)])
        return
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE:
        yield iter([Unopened(0, "the ZIP file is damaged")])
        return
    with archive:
        yield _members(archive, limits)


def _objection(path: Path, limits: Limits) -> str | None:
    """
    Say why a ZIP file's list of entries is not even read: all of it would be held in memory.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _LONGEST_COMMENT - _END.size))
            tail = file.read()
    except OSError as error:
        return f"the ZIP file cannot be read ({type(error).__name__})"
    place = tail.rfind(_END_MAGIC)
    if place < 0 or len(tail) < place + _END.size:
        return "the ZIP file is damaged: it has no end"
    _, _, entries, size, _, _ = _END.unpack_from(tail, place)
    if entries > limits.entries or size > limits.directory:
        return f"the ZIP file has more than {limits.entries} entries"
    return None


def _members(archive: zipfile.ZipFile, limits: Limits) -> Iterator[Member | Unopened]:
    left = limits.whole
    entries = archive.infolist()
    if len(entries) > limits.entries:
        yield Unopened(0, f"the ZIP file has more than {limits.entries} entries")
        return
    for number, info in enumerate(entries, start=1):
        if info.is_dir():
            continue
        reason = _reason(info, limits)
        if reason is None and info.file_size > left:
            reason = "the ZIP file holds too much"
        if reason is None:
            left -= info.file_size
            yield _member(archive, number, info)
        else:
            yield Unopened(number, reason)


def _reason(info: zipfile.ZipInfo, limits: Limits) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "it can only be opened with a password"
    if info.compress_type not in _READ:
        return "it is compressed in a way that is not read"
    if info.file_size > limits.entry:
        return "it is too big"
    if info.file_size > max(_FREE, info.compress_size * limits.ratio):
        return "it would become suspiciously big"
    return None


def _member(archive: zipfile.ZipFile, number: int, info: zipfile.ZipInfo) -> Member | Unopened:
    try:
        with archive.open(info) as file:
            content = recognise(file.read(HEAD))
    except _UNREADABLE:
        return Unopened(number, _DAMAGED)
    if content is ZIP:
        return Unopened(number, "it is a ZIP file inside a ZIP file")
    return Member(number, info.file_size, content, archive, info)

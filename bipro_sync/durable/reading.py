"""Reading from the device, not from the page cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .problems import errors


CHUNK = 1 << 20
"""Bytes read or hashed at once."""


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

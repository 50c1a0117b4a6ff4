"""Opening what the `gdv` commands read: a file or stdin, refused with a clear word where it is something else."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ..errors import UsageError


if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from ..gdv import Reading, Record
    from .console import Console


Files = Annotated[list[Path], typer.Argument(metavar="FILE", allow_dash=True, help="GDV files; - is stdin.")]
OneFile = Annotated[Path, typer.Argument(metavar="FILE", allow_dash=True, help="A GDV file; - is stdin.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Its encoding; otherwise the bytes tell it.")
]

STDIN = Path("-")
_HEAD = 64 << 10
"""Bytes by which a file is recognised."""
_EVERY = 5000
"""Records between two looks at how far a work has come."""


@dataclass(frozen=True, slots=True)
class Source:
    """
    A GDV file that is open: what it is called, how many bytes it has if that is known, and its records.
    """

    name: str
    size: int | None
    reading: Reading


def each_once(files: Sequence[Path]) -> Sequence[Path]:
    """
    Return *files*; raises :class:`~bipro_sync.errors.UsageError` where stdin is asked for twice.
    """
    if list(files).count(STDIN) > 1:
        raise UsageError("Stdin can be read once only.")
    return files


@contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[Source]:
    """
    Yield a file, ready to be read.

    Raises :class:`~bipro_sync.errors.UsageError` where it cannot be opened or is no GDV file; an *encoding* given by
    the user is their word that it is one.
    """
    from ..gdv import read

    name = "stdin" if path == STDIN else str(path)
    with _stream(path) as (head, size, stream):
        if encoding is None:
            _must_be_gdv(name, head)
        yield Source(name, size, read(stream, encoding=encoding))


def followed(records: Iterable[Record], source: Source, console: Console) -> Iterator[Record]:
    """
    Give *records* on, and tell a person who watches how far they have come.
    """
    if not console.interactive:
        yield from records
        return
    from rich.console import Console as RichConsole
    from rich.status import Status

    shown = RichConsole(stderr=True, markup=False, emoji=False, highlight=False)
    with Status(source.name, console=shown) as status:
        for record in records:
            if record.number % _EVERY == 0:
                share = f", {100 * record.offset // source.size} %" if source.size else ""
                status.update(f"{source.name}: {record.number} records{share}")
            yield record


@contextmanager
def _stream(path: Path) -> Iterator[tuple[bytes, int | None, BinaryIO]]:
    """
    Yield the first bytes of a file, how many it has if that is known, and all of it.
    """
    if path == STDIN:
        head = sys.stdin.buffer.read(_HEAD)
        yield head, None, io.BufferedReader(_Again(head, sys.stdin.buffer), _HEAD)
        return
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            yield head, os.fstat(file.fileno()).st_size or None, io.BufferedReader(_Again(head, file), _HEAD)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or type(error).__name__}.", hint="Is the path right?"
        ) from error


class _Again(io.RawIOBase):
    """
    A stream whose *head* has been read already, from its beginning.
    """

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        space = memoryview(buffer).cast("B")
        data = self._head[: len(space)] or self._rest.read(len(space))
        self._head = self._head[len(space) :]
        space[: len(data)] = data
        return len(data)


def _must_be_gdv(name: str, head: bytes) -> None:
    from ..archive.recognise import GDV, UNRECOGNISED, recognise

    found = recognise(head)
    if found is GDV:
        return
    if not head:
        looks = "it is empty"
    elif found is UNRECOGNISED:
        looks = "its first bytes are of no kind that is known here"
    else:
        looks = f"it looks like {found.media_type}"
    raise UsageError(
        f"{name} is no GDV file: {looks}.",
        code="not-gdv",
        hint="A GDV file has records of 256 bytes and begins with 0001; with --encoding it is read all the same.",
    )

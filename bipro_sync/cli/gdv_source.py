"""Opening what the `gdv` commands read: a file or stdin, refused with a clear word where it is something else."""

from __future__ import annotations

import io
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
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
    str | None, typer.Option("--encoding", metavar="ENCODING", help="Its encoding; otherwise the bytes tell it.")
]

_WHAT_IT_IS = "A GDV file has records of 256 bytes and begins with 0001; with --encoding it is read all the same."

STDIN = Path("-")
_HEAD = 64 << 10
"""Bytes by which a file is recognised."""
_EVERY = 5000
"""Records between two looks at how far a work has come."""


@dataclass(frozen=True, slots=True)
class Source:
    """
    A GDV file that is open: what it is called, how many bytes it has if that is known, and its records.

    *one_of* says how many there are in the same ZIP file.
    """

    name: str
    size: int | None
    reading: Reading
    one_of: int = 1


def each_once(files: Sequence[Path]) -> Sequence[Path]:
    """
    Return *files*; raises :class:`~bipro_sync.errors.UsageError` where stdin is asked for twice.
    """
    if list(files).count(STDIN) > 1:
        raise UsageError("Stdin can be read once only.")
    return files


def sources(files: Sequence[Path], encoding: str | None, skip: Callable[[str], None]) -> Generator[Source]:
    """
    Give the files one after the other, each to be read before the next; of a ZIP file every GDV file in it.  *skip*
    takes a sentence for each of its entries that cannot be read.

    Raises :class:`~bipro_sync.errors.UsageError` where one cannot be opened or is no GDV file; an *encoding* given by
    the user is their word that it is one.
    """
    for path in each_once(files):
        with _stream(path) as (head, size, stream):
            if not _is_zip(path, head):
                yield _source(path, head, size, stream, encoding)
                continue
        yield from _in_zip(path, encoding, skip)


@contextmanager
def opened(path: Path, encoding: str | None, console: Console) -> Iterator[Source]:
    """
    Yield one file, or the only GDV file of a ZIP file; raises as :func:`sources`, and where there are several.
    """
    with closing(sources([path], encoding, console.warn)) as found:
        for source in found:
            if source.one_of > 1:
                raise UsageError(f"{path} holds several GDV files.", hint="Unpack it, and name one of them.")
            yield source


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


def _source(path: Path, head: bytes, size: int | None, stream: BinaryIO, encoding: str | None) -> Source:
    from ..gdv import read

    name = "stdin" if path == STDIN else str(path)
    if encoding is None:
        _must_be_gdv(name, head)
    return Source(name, size, read(stream, encoding=encoding))


def _is_zip(path: Path, head: bytes) -> bool:
    from ..archive.recognise import ZIP, recognise

    return path != STDIN and recognise(head) is ZIP


def _in_zip(path: Path, encoding: str | None, skip: Callable[[str], None]) -> Iterator[Source]:
    from ..archive.members import Unopened, opened_zip
    from ..archive.recognise import GDV
    from ..gdv import read

    with opened_zip(path) as members:
        found = list(members)
        for each in found:
            if isinstance(each, Unopened):
                skip(f"{_called(path, each.number)} is not read: {each.reason}.")
        readable = [each for each in found if not isinstance(each, Unopened) and each.content is GDV]
        if not readable:
            raise UsageError(
                f"{path} is a ZIP file without a GDV file that can be read.", code="not-gdv", hint=_WHAT_IT_IS
            )
        for each in readable:
            with each.open() as file:
                stream = io.BufferedReader(_Again(b"", file), _HEAD)
                yield Source(_called(path, each.number), each.size, read(stream, encoding=encoding), len(readable))


def _called(path: Path, number: int) -> str:
    return f"{path}, entry {number}" if number else str(path)


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
        file = path.open("rb")
        head = file.read(_HEAD)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or type(error).__name__}.", hint="Is the path right?"
        ) from error
    with file:
        yield head, os.fstat(file.fileno()).st_size or None, io.BufferedReader(_Again(head, file), _HEAD)


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
        try:
            data = self._head[: len(space)] or self._rest.read(len(space))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise UsageError("An entry of a ZIP file is damaged.", hint="Have it sent once more.") from error
        self._head = self._head[len(space) :]
        space[: len(data)] = data
        return len(data)


def _must_be_gdv(name: str, head: bytes) -> None:
    from ..gdv.recognition import appearance, looks_like_gdv

    if not looks_like_gdv(head):
        raise UsageError(f"{name} is no GDV file; it looks like {appearance(head)}.", code="not-gdv", hint=_WHAT_IT_IS)

"""Where an export goes: text to stdout, or a new file or directory that appears when all of it is written."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..durable import errors, exists, make_scratch, remove_tree, rename_within, take_place
from ..errors import UsageError
from ..gdv import part
from .gdv_tables import Style, Table


if TYPE_CHECKING:
    from ..gdv import Part, Record


MakeTable = Callable[[BinaryIO, "Part | None", Style], Table]
"""Makes the table that records of a part, or of any, are written to."""

UNPARSED = "unparsed"
"""The name of the table for records that no layout describes."""


def as_text(records: Iterable[Record], table: MakeTable, only: Part | None, style: Style) -> Iterator[str]:
    """
    Give the text of one table, piece by piece.
    """
    file = io.BytesIO()
    writing = table(file, only, style)
    for record in records:
        writing.add(record)
        if file.tell():
            yield _taken(file)
    writing.finish()
    yield _taken(file)


def write(
    records: Iterable[Record], table: MakeTable, out: Path, only: Part | None, style: Style, *, extension: str | None
) -> dict[str, int]:
    """
    Write one file, or with an *extension* a directory with a file for each part that occurs; return the rows of each.

    *out* appears when all is written.  Raises :class:`~bipro_sync.errors.UsageError` where it exists or cannot be made,
    :class:`~bipro_sync.errors.StorageError` where the disk does not take it.
    """
    with _drafted(out, one=extension is None) as draft, errors("write", out), ExitStack() as files:
        tables: dict[str, Table] = {}
        if extension is None:
            tables[out.name] = table(files.enter_context(_new(draft / out.name)), only, style)
        for record in records:
            name = out.name if extension is None else f"{_name(record)}.{extension}"
            if name not in tables:
                of = part(record.part.layout, record.part.number) if record.part else None
                tables[name] = table(files.enter_context(_new(draft / name)), of, style)
            tables[name].add(record)
        for each in tables.values():
            each.finish()
    return {name: each.rows for name, each in sorted(tables.items())}


def _taken(file: io.BytesIO) -> str:
    text = file.getvalue().decode()
    file.seek(0)
    file.truncate()
    return text


def _name(record: Record) -> str:
    return f"{record.part.layout}-{record.part.number}" if record.part else UNPARSED


@contextmanager
def _drafted(out: Path, *, one: bool) -> Iterator[Path]:
    """
    Yield a new directory beside *out*, which becomes it in the end, or whose one file does.
    """
    if exists(out) or not out.parent.is_dir():
        raise UsageError(f"{out} cannot be made: it exists, or the directory above it does not.")
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    make_scratch(draft)
    try:
        yield draft
        if one:
            take_place(draft / out.name, out)
        else:
            rename_within(out.parent, {draft.name: out.name})
    finally:
        if exists(draft):
            remove_tree(draft)


def _new(path: Path) -> BinaryIO:
    """
    Make a file that its owner alone may read.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")

"""The GDV files of a stored shipment, those in its ZIP files included; they are opened to be read and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias

from ..archive.members import Unopened, opened_zip
from ..archive.recognise import GDV, ZIP
from ..catalog import FileEntry, GdvRemark, Place
from ..gdv.grouping import BIGGEST


_TOO_BIG = f"it is bigger than {BIGGEST >> 20} MiB, and not looked at"

Opened: TypeAlias = AbstractContextManager[Path | BinaryIO]
"""What yields something that :func:`bipro_sync.gdv.read` takes."""


@dataclass(frozen=True, slots=True)
class GdvSource:
    """
    One GDV file: where it stands in its shipment, and how to open it, before the next one is asked for.
    """

    place: Place
    open: Callable[[], Opened]


def gdv_sources(directory: Path, files: Sequence[FileEntry]) -> Iterator[GdvSource | GdvRemark]:
    """
    Yield the GDV files among the *files* of the shipment that lies in *directory*, and why some ZIP files' entries are
    not read; what is something else is left out.
    """
    for file in files:
        path = directory / file.stored
        if file.media_type == GDV.media_type and file.size > BIGGEST:
            yield GdvRemark(Place(file.position), _TOO_BIG)
        elif file.media_type == GDV.media_type:
            yield GdvSource(Place(file.position), partial(_plain, path))
        elif file.media_type == ZIP.media_type:
            yield from _in_zip(path, file.position)


def _plain(path: Path) -> Opened:
    return nullcontext(path)


def _in_zip(path: Path, position: int) -> Iterator[GdvSource | GdvRemark]:
    with opened_zip(path) as members:
        for each in members:
            place = Place(position, each.number)
            if isinstance(each, Unopened):
                yield GdvRemark(place, each.reason)
            elif each.content is GDV and each.size > BIGGEST:
                yield GdvRemark(place, _TOO_BIG)
            elif each.content is GDV:
                yield GdvSource(place, each.open)

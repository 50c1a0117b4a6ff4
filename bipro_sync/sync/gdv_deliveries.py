"""Two deliveries of an insurer that lie in the archive, side by side, for what changed between them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

from ..archive import Archive
from ..catalog import Entry, FileEntry, GdvRemark
from ..errors import UsageError
from ..gdv.differences import Differences, differences
from ..gdv.extent import Extent
from ..gdv.grouping import held
from ..gdv.reading import read
from ..gdv.record import Record
from ..model.kinds import Kind
from .gdv_sources import gdv_sources


_EXTENTS = {Kind.GDV_PORTFOLIO: Extent.FULL, Kind.GDV_CHANGES: Extent.CHANGES}


def delivered_records(archive: Archive, entry: Entry, files: Sequence[FileEntry]) -> Generator[Record]:
    """
    Yield the records of all GDV files of a stored shipment, one file after the other; numbers begin anew with each.

    Raises :class:`~bipro_sync.errors.UsageError` where it has none, or one that cannot be read.
    """
    assert entry.path is not None
    found = False
    for source in gdv_sources(archive.layout.root / entry.path, files):
        if isinstance(source, GdvRemark):
            raise UsageError(f"Shipment {entry.id} of {entry.insurer}, {source.place}: {source.remark}.")
        found = True
        with source.open() as opened:
            yield from read(opened)
    if not found:
        raise UsageError(f"Shipment {entry.id} of {entry.insurer} has no GDV file.")


@contextmanager
def delivery_differences(
    archive: Archive, old: tuple[Entry, Sequence[FileEntry]], new: tuple[Entry, Sequence[FileEntry]], *, noise: bool
) -> Iterator[Differences]:
    """
    Yield what is different in the *new* delivery, each given with its files; to be gone through inside the block.

    What each is of, a full portfolio or changes, its shipment's kind says.  Raises as :func:`delivered_records`, and
    where there are too many records.
    """
    before, after = delivered_records(archive, *old), delivered_records(archive, *new)
    extents = {"old_extent": _extent(old[0]), "new_extent": _extent(new[0])}
    try:
        yield differences(held(before), held(after), noise=noise, **extents)
    finally:
        before.close()
        after.close()


def _extent(entry: Entry) -> Extent:
    return _EXTENTS.get(entry.kind, Extent.UNKNOWN)

"""Opening the archive for a command that only looks, and the JSON form of what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ..archive import Archive
    from ..catalog import Entry, FileEntry, Queries
    from ..config import Config


@contextmanager
def reading(config: Config) -> Iterator[tuple[Archive, Queries]]:
    """
    Yield the archive and the questions one may ask its catalogue.
    """
    from ..archive import Archive, Layout
    from ..catalog import Queries
    from ..sync.workplace import open_queries

    catalogue = open_queries(config)
    try:
        yield Archive(Layout(config.archive.root)), Queries(catalogue)
    finally:
        catalogue.close()


def shipment_json(entry: Entry, files: Sequence[FileEntry]) -> dict[str, object]:
    """
    Return a shipment's object of `shipments list --json`.
    """
    return {
        "insurer": entry.insurer,
        "id": entry.id,
        "state": entry.state,
        "category": entry.category,
        "kind": entry.kind,
        "posted_at": iso(entry.posted_at),
        "available_until": iso(entry.available_until),
        "stored_at": iso(entry.stored_at),
        "acknowledged_at": iso(entry.acknowledged_at),
        "path": str(entry.path) if entry.path and entry.stored_at else None,
        "files": [
            {
                "name": file.name,
                "path": file.stored,
                "sha256": file.sha256,
                "size": file.size,
                "media_type": file.media_type,
                "kind": file.kind,
            }
            for file in files
        ],
    }


def iso(moment: date | None) -> str | None:
    """
    Return a date or time as JSON's text.
    """
    return moment.isoformat() if moment else None

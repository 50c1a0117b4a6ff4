"""What the catalogue forgets of a shipment whose bytes gave way to a tombstone."""

from __future__ import annotations

from pathlib import Path

from ..durable import names
from .database import Catalogue
from .entries import Entry
from .leftovers import kept_names
from .statements import forget


def erase_words(catalogue: Catalogue, entry: Entry) -> None:
    """
    Forget files and words of a shipment; its row keeps state, dates and digests.  Durable when it returns.
    """
    with catalogue.write() as connection:
        connection.execute("UPDATE shipments SET shown = 0, listed_as = '' WHERE number = ?", (entry.number,))
        forget(connection, entry)
        connection.execute("INSERT INTO words (rowid, said) VALUES (?, ?)", (entry.number, entry.id))


def kept_aside(path: Path) -> list[str]:
    """
    Return the names of the catalogues that rebuilds kept beside the one at *path*: they hold the same words.
    """
    kept = kept_names(path)
    return sorted(name for name in names(path.parent) if kept.fullmatch(name))

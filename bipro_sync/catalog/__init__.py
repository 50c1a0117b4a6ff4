"""The SQLite index of what is stored and where each shipment stands; never the only place a fact is kept."""

from __future__ import annotations

from .database import Catalogue
from .entries import Entry, FileEntry, HistoryEntry, InsurerSummary
from .ledger import Ledger
from .queries import Queries
from .statements import StoredRows


__all__ = ["Catalogue", "Entry", "FileEntry", "HistoryEntry", "InsurerSummary", "Ledger", "Queries", "StoredRows"]

"""The SQLite index of what is stored and where each shipment stands; never the only place a fact is kept."""

from __future__ import annotations

from .database import SAFE_SQLITE, Catalogue, sqlite_version
from .draft import CatalogueDraft
from .entries import LIST_FORGOTTEN, RUNNING, Entry, FileEntry, HistoryEntry, InsurerSummary
from .erasing import erase_words, kept_aside
from .ledger import Ledger
from .leftovers import clear_leftovers, kept_of, rebuilding_of
from .queries import Queries
from .replacing import put_in_place
from .staging import SetAside
from .statements import StoredRows


__all__ = [
    "LIST_FORGOTTEN",
    "RUNNING",
    "SAFE_SQLITE",
    "Catalogue",
    "CatalogueDraft",
    "Entry",
    "FileEntry",
    "HistoryEntry",
    "InsurerSummary",
    "Ledger",
    "Queries",
    "SetAside",
    "StoredRows",
    "clear_leftovers",
    "erase_words",
    "kept_aside",
    "kept_of",
    "put_in_place",
    "rebuilding_of",
    "sqlite_version",
]

"""The SQLite index of what is stored and where each shipment stands; never the only place a fact is kept."""

from __future__ import annotations

from .database import Catalogue
from .draft import CatalogueDraft
from .entries import LIST_FORGOTTEN, RUNNING, Entry, FileEntry, HistoryEntry, InsurerSummary
from .erasing import erase_words, kept_aside
from .ledger import Ledger
from .leftovers import clear_leftovers, kept_of, rebuilding_of
from .marks import Marks, TargetState
from .queries import Queries
from .replacing import put_in_place
from .staging import SetAside
from .statements import StoredRows
from .worklist import Worklist


__all__ = [
    "LIST_FORGOTTEN",
    "RUNNING",
    "Catalogue",
    "CatalogueDraft",
    "Entry",
    "FileEntry",
    "HistoryEntry",
    "InsurerSummary",
    "Ledger",
    "Marks",
    "Queries",
    "SetAside",
    "StoredRows",
    "TargetState",
    "Worklist",
    "clear_leftovers",
    "erase_words",
    "kept_aside",
    "kept_of",
    "put_in_place",
    "rebuilding_of",
]

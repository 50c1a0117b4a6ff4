"""The SQLite index of what is stored and where each shipment stands; never the only place a fact is kept."""

from __future__ import annotations

from .database import SAFE_SQLITE, Catalogue, sqlite_version
from .draft import CatalogueDraft
from .entries import LIST_FORGOTTEN, RUNNING, Entry, FileEntry, HistoryEntry, InsurerSummary
from .erasing import erase_words, kept_aside
from .finding import FoundShipments, find_shipments
from .gdv_entries import (
    Content,
    Delivery,
    Foreign,
    Found,
    GdvRemark,
    GdvSummary,
    Place,
    Seen,
    State,
    ToIndex,
)
from .gdv_index import SEPARATOR, GdvIndex, Portfolio
from .gdv_queries import GdvQueries
from .ledger import Ledger
from .leftovers import clear_leftovers, kept_of, rebuilding_of
from .marks import Marks, TargetState
from .queries import Queries
from .replacing import put_in_place
from .staging import SetAside
from .statements import StoredRows
from .texts import HistoryPlace, ReadShipment, Texts, erase_texts
from .worklist import Worklist


__all__ = [
    "LIST_FORGOTTEN",
    "RUNNING",
    "SAFE_SQLITE",
    "SEPARATOR",
    "Catalogue",
    "CatalogueDraft",
    "Content",
    "Delivery",
    "Entry",
    "FileEntry",
    "Foreign",
    "Found",
    "FoundShipments",
    "GdvIndex",
    "GdvQueries",
    "GdvRemark",
    "GdvSummary",
    "HistoryEntry",
    "HistoryPlace",
    "InsurerSummary",
    "Ledger",
    "Marks",
    "Place",
    "Portfolio",
    "Queries",
    "ReadShipment",
    "Seen",
    "SetAside",
    "State",
    "StoredRows",
    "TargetState",
    "Texts",
    "ToIndex",
    "Worklist",
    "clear_leftovers",
    "erase_texts",
    "erase_words",
    "find_shipments",
    "kept_aside",
    "kept_of",
    "put_in_place",
    "rebuilding_of",
    "sqlite_version",
]

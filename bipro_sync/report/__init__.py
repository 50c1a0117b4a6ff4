"""What people of the office read: the worklist, and what runs and months brought; it asks and decides nothing."""

from __future__ import annotations

from .inbox import USUALLY, Inbox, Item, Shelf, inbox
from .inbox_page import inbox_page


__all__ = ["USUALLY", "Inbox", "Item", "Shelf", "inbox", "inbox_page"]

"""What people of the office read: the worklist, and what runs and months brought; it asks and decides nothing."""

from __future__ import annotations

from .inbox import USUALLY, Inbox, Item, Shelf, inbox
from .inbox_page import inbox_page
from .period import Period, Report, report_on
from .writing import write_after_run, write_report


__all__ = [
    "USUALLY",
    "Inbox",
    "Item",
    "Period",
    "Report",
    "Shelf",
    "inbox",
    "inbox_page",
    "report_on",
    "write_after_run",
    "write_report",
]

"""Texts that other programs show: self-contained HTML and CSV, out of which no datum can break."""

from __future__ import annotations

from .html import Markup, element, page, table, text
from .spreadsheet import csv_of


__all__ = ["Markup", "csv_of", "element", "page", "table", "text"]

"""What PDF files say, read in processes that may die of them; it returns text and keeps nothing."""

from __future__ import annotations

from .answer import Limits, Outcome, Reading
from .reader import PdfReader, is_installed


__all__ = ["Limits", "Outcome", "PdfReader", "Reading", "is_installed"]

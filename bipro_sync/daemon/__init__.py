"""Pulling by itself, for years: when each insurer is due, a process for each run, and a word to the service manager."""

from __future__ import annotations

from .reload import reread
from .service import Daemon


__all__ = ["Daemon", "reread"]

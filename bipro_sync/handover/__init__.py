"""Handing deliveries over to other systems of the house: whole files or none, and nothing twice where marks say so."""

from __future__ import annotations

from .exporting import Exported, demand_new, export
from .handing import Desk, hand_over
from .target_report import TargetReport


__all__ = ["Desk", "Exported", "TargetReport", "demand_new", "export", "hand_over"]

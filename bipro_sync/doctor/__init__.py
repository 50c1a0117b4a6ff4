"""Everything that can be checked before it hurts; it asks no insurer, changes nothing and mends nothing."""

from __future__ import annotations

from .check import Check, Verdict
from .examination import examine, exit_code
from .past import Past


__all__ = ["Check", "Past", "Verdict", "examine", "exit_code"]

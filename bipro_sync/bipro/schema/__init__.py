"""Our own minimal schemas of the norm's answers: what does not fit them is remarked, and never refuses an answer.

Written from public facts; they take any order and any unknown element, and hold no text of the norm.
"""

from .check import Violation, violations
from .explanation import explain
from .remarks import MAX_CHECKED, TOO_LARGE, CheckedSink


__all__ = ["MAX_CHECKED", "TOO_LARGE", "CheckedSink", "Violation", "explain", "violations"]

"""What is brought to an anchor, and how one says that it did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..audit.anchoring import AnchorMemory


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    The newest *note* of the log *origin*, over *size* records; *directory* holds it and those before, *memory* is what
    the anchor is known to have.
    """

    origin: str
    size: int
    note: bytes
    directory: Path
    memory: AnchorMemory

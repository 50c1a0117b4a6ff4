"""What is noteworthy about a file's bytes and records; a finding must never hold a customer's value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """
    How much a finding weighs: something is lost or wrong, may be wrong, or is merely good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One finding: *record* counts from 1, *offset* is the byte of the file it begins at, *length* counts bytes.

    *field* is a field's short name.  What a finding of the whole file is not about is None.
    """

    code: str
    severity: Severity
    message: str
    record: int | None = None
    field: str | None = None
    offset: int | None = None
    length: int | None = None

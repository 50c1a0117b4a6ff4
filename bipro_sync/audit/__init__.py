"""The hash-chained audit log of every call, decision and repair; it never holds a secret or a customer's datum."""

from __future__ import annotations

from .identity import Identity, identify
from .log import AuditLog
from .reading import latest, read
from .record import Facts, Record, RecordType, Session


__all__ = [
    "AuditLog",
    "Facts",
    "Identity",
    "Record",
    "RecordType",
    "Session",
    "identify",
    "latest",
    "read",
]

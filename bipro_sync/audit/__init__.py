"""The hash-chained audit log of every call, decision and repair; it never holds a secret or a customer's datum."""

from __future__ import annotations

from .chain import LastRecord
from .identity import Identity, identify
from .log import AuditLog
from .pruned import pruned_of
from .reading import latest, read
from .record import Facts, Record, RecordType, Session
from .telling import all_told


__all__ = [
    "AuditLog",
    "Facts",
    "Identity",
    "LastRecord",
    "Record",
    "RecordType",
    "Session",
    "all_told",
    "identify",
    "latest",
    "pruned_of",
    "read",
]

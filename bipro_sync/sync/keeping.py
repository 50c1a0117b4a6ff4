"""Holds: what is kept beyond its term, for a reason on record; the audit log alone knows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..archive import Layout
from ..audit import AuditLog, Record, RecordType, all_told
from ..errors import UsageError


KEEP = "keep"
LET_GO = "let-go"
"""How the log names the two decisions."""

_LET_GO = re.compile(r"hold (\d+); (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hold:
    """
    What must not go: one shipment, all of an insurer, or everything, the audit log about it included.

    *number* is that of its record in the log, *by* the person of `[users]`, or the login.
    """

    number: int
    since: datetime
    insurer: str | None
    shipment: str | None
    reason: str
    by: str

    def covers(self, insurer: str | None, shipment: str | None) -> bool:
        """
        Say whether this shipment, or what is about this insurer only, is held.
        """
        if self.insurer is None:
            return True
        return self.insurer == insurer and self.shipment in {None, shipment}

    def __str__(self) -> str:
        return f"hold {self.number} of {self.since:%Y-%m-%d}: {self.reason}"

    def as_json(self) -> dict[str, str | int | None]:
        """
        Return the hold as the JSON outputs show it.
        """
        return {
            "hold": self.number,
            "since": self.since.isoformat(),
            "insurer": self.insurer,
            "shipment": self.shipment,
            "reason": self.reason,
            "by": self.by,
        }


def holds_in(records: Iterable[Record]) -> tuple[Hold, ...]:
    """
    Return the holds that are in force after these records, oldest first.
    """
    known: dict[int, Hold] = {}
    for record in records:
        if record.type is not RecordType.OPERATOR_DECISION:
            continue
        if record.outcome == KEEP:
            known[record.seq] = _hold(record)
        elif record.outcome == LET_GO and (said := _LET_GO.fullmatch(record.detail or "")):
            known.pop(int(said[1]), None)
    return tuple(known.values())


def holds_of(layout: Layout) -> tuple[Hold, ...]:
    """
    Return the holds in force in this archive, oldest first.
    """
    return holds_in(all_told(layout.audit, types={RecordType.OPERATOR_DECISION}))


def keep(audit: AuditLog, *, insurer: str | None, account: str | None, shipment: str | None, reason: str) -> Hold:
    """
    Hold a shipment, all of an insurer, or everything; in force, and durable, when it returns.
    """
    return _hold(
        audit.write(
            RecordType.OPERATOR_DECISION,
            insurer=insurer,
            account=account,
            shipment=shipment,
            outcome=KEEP,
            detail=reason,
        )
    )


def let_go(layout: Layout, audit: AuditLog, number: int, reason: str) -> Hold:
    """
    End a hold, durably, and return it.  Raises :class:`~bipro_sync.errors.UsageError` where none has this number.
    """
    found = next((hold for hold in holds_of(layout) if hold.number == number), None)
    if found is None:
        raise UsageError(f"No hold {number} is in force.", hint="`bipro-sync archive kept` shows those that are.")
    audit.write(
        RecordType.OPERATOR_DECISION,
        insurer=found.insurer,
        shipment=found.shipment,
        outcome=LET_GO,
        detail=f"hold {number}; {reason}",
    )
    return found


def _hold(record: Record) -> Hold:
    return Hold(
        number=record.seq,
        since=datetime.fromisoformat(record.ts),
        insurer=record.insurer,
        shipment=record.shipment,
        reason=record.detail or "",
        by=record.principal or record.os_user,
    )

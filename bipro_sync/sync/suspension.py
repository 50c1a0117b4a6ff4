"""Suspending and resuming an insurer by an operator's decision, at once: a run at work obeys, too."""

from __future__ import annotations

from datetime import datetime

from ..audit import Record, RecordType
from ..insurers import Insurer
from .stop_switch import Suspension, suspension_of, switch_off, switch_on, switching
from .workplace import Workplace


def suspend(place: Workplace, insurer: Insurer, reason: str) -> Suspension:
    """
    Suspend an insurer by an operator's decision; durable when it returns.  Suspended twice it keeps its first time.

    It waits for no run: one that is at work finishes the calls it has in hand, and stores what comes by them.
    """
    with switching(place.layout):
        before = suspension_of(place.layout, insurer.name)
        record = _record(place, insurer, "suspend", reason)
        since = before.since if before else datetime.fromisoformat(record.ts)
        suspension = Suspension(since=since, reason=reason)
        switch_off(place.layout, insurer.name, suspension)
        return suspension


def resume(place: Workplace, insurer: Insurer, reason: str) -> bool:
    """
    Lift an insurer's suspension by an operator's decision, and say whether there was one.
    """
    with switching(place.layout):
        _record(place, insurer, "resume", reason)
        return switch_on(place.layout, insurer.name)


def _record(place: Workplace, insurer: Insurer, outcome: str, reason: str) -> Record:
    return place.audit.write(
        RecordType.OPERATOR_DECISION, insurer=insurer.name, account=insurer.account, outcome=outcome, detail=reason
    )

"""What a session was, told from its records alone: who, from when to when, and which calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .record import Record, RecordType


@dataclass(frozen=True, slots=True)
class Call:
    """
    One call at an insurer's: its announcement, and how it ended; *outcome* None means that nobody knows.

    *process_id* is the insurer's own name for it.
    """

    seq: int
    ts: str
    operation: str | None
    exchange: str | None
    shipment: str | None
    outcome: str | None
    http_status: int | None
    process_id: str | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Presence:
    """
    Somebody at work from *begin* to *end*, as the log writes times; with *login* at an insurer's, else here alone.

    *end* is the last record's time; where a login's end was never recorded, *ended* is false: it may have lasted.
    """

    run: str
    insurer: str | None
    account: str | None
    actor: str
    principal: str | None
    principal_name: str | None
    role: str | None
    responsible: str | None
    invocation: str | None
    os_user: str
    begin: str
    end: str
    login: bool
    ended: bool
    first_seq: int
    last_seq: int
    commands: tuple[str, ...]
    calls: tuple[Call, ...]

    @property
    def who(self) -> str:
        """
        The person, or the schedule and who answers for it.
        """
        if self.actor == "schedule":
            return f"schedule ({self.responsible or '-'} answers for it)"
        return f"{self.principal} ({self.principal_name})" if self.principal else self.os_user


def presence_of(records: Iterable[Record]) -> Presence:
    """
    Return what one session's *records*, of which there is one at least, tell.
    """
    whole = list(records)
    first = whole[0]
    types = {record.type for record in whole}
    login = RecordType.SESSION_START in types
    return Presence(
        run=first.run,
        insurer=first.insurer,
        account=next((record.account for record in whole if record.account), None),
        actor=first.actor,
        principal=first.principal,
        principal_name=first.principal_name,
        role=first.role,
        responsible=first.responsible,
        invocation=first.invocation,
        os_user=first.os_user,
        begin=min(record.ts for record in whole),
        end=max(record.ts for record in whole),
        login=login,
        ended=not login or RecordType.SESSION_END in types,
        first_seq=first.seq,
        last_seq=whole[-1].seq,
        commands=tuple(dict.fromkeys(record.operation for record in whole if record.operation and record.call is None)),
        calls=_calls(whole),
    )


def _calls(records: Iterable[Record]) -> tuple[Call, ...]:
    announced: dict[str, Record] = {}
    answered: dict[str, Record] = {}
    for record in records:
        if record.call is not None and record.type is RecordType.CALL_INTENT:
            announced[record.call] = record
        elif record.call is not None and record.type is RecordType.CALL_OUTCOME:
            answered[record.call] = record
    return tuple(_call(intent, answered.get(call)) for call, intent in announced.items())


def _call(intent: Record, outcome: Record | None) -> Call:
    return Call(
        seq=intent.seq,
        ts=intent.ts,
        operation=intent.operation,
        exchange=intent.exchange,
        shipment=intent.shipment,
        outcome=outcome.outcome if outcome else None,
        http_status=outcome.http_status if outcome else None,
        process_id=outcome.process_id if outcome else None,
        duration_ms=outcome.duration_ms if outcome else None,
    )

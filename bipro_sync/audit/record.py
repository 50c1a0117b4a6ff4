"""What one audit record is and how it becomes a line; it never holds a secret, a customer's datum or a file name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, TypedDict

import msgspec


LINE_LIMIT = 8192
"""Bytes of a line at most, its newline included; a longer `detail` is cut."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What decoding raises for a line that is not a record."""


Actor = Literal["person", "schedule", "unknown"]
"""Who acts; *unknown* stands only where somebody was refused because that could not be told."""


BACKUP_RESTORED = "backup restore"
"""The `operation` of the record of a restored backup, which is the first one behind what the backup held."""


class RecordType(StrEnum):
    """
    What a record tells of.
    """

    SESSION_START = "session.start"
    SESSION_END = "session.end"
    CALL_INTENT = "call.intent"
    CALL_OUTCOME = "call.outcome"
    ACK_DECISION = "ack.decision"
    OPERATOR_DECISION = "operator.decision"
    SHIPMENT_VANISHED = "shipment.vanished"
    FOREIGN_DATA = "foreign-data"
    """A shipment holds data of another broker; it is kept, and the insurer must be told."""
    IMPORT = "import"
    """What was delivered some other way is archived by hand."""
    BREAKER_OPEN = "breaker.open"
    BREAKER_CLOSED = "breaker.closed"
    CONFIG_CHANGED = "config.changed"
    ACCESS_REFUSED = "access.refused"
    """Somebody was not allowed what they asked for; `operation` names it."""
    READ = "read"
    EXPORT = "export"
    HANDOVER = "handover"
    BACKUP = "backup"
    RESTORE = "restore"
    VERIFY = "verify"
    CHECKPOINT = "checkpoint"
    KEY_CHANGED = "key.changed"
    """The checkpoint before was signed with another key, or there was none."""
    CREDENTIAL_CHANGED = "credential.changed"
    """A secret or certificate was stored; its name or serial number is told, never the content."""
    PRUNE = "prune"
    LOG_REPAIRED = "log.repaired"
    """What a crash left behind the last record was moved aside."""


class Record(msgspec.Struct, omit_defaults=True, kw_only=True, frozen=True, gc=False):
    """
    One record; the fields stand in the order of the line's keys, and absent ones are left out of it.

    *ts* is UTC with microseconds and `Z`.  *prev* is the SHA-256 (hexadecimal) of the previous line's bytes
    without its newline, 64 zeros before the first; *insurer_seq* and *insurer_prev* are the same chain over one
    insurer's records only.  Sizes are in bytes, *duration_ms* in milliseconds.
    """

    seq: int
    ts: str
    type: RecordType
    run: str
    call: str | None = None
    actor: Actor
    principal: str | None = None
    principal_name: str | None = None
    role: str | None = None
    responsible: str | None = None
    invocation: str | None = None
    os_user: str
    insurer: str | None = None
    account: str | None = None
    certificate: str | None = None
    insurer_seq: int | None = None
    insurer_prev: str | None = None
    service: str | None = None
    operation: str | None = None
    exchange: str | None = None
    endpoint: str | None = None
    shipment: str | None = None
    count: int | None = None
    bytes: int | None = None
    request_sha256: str | None = None
    response_sha256: str | None = None
    http_status: int | None = None
    bipro_status: str | None = None
    process_id: str | None = None
    reference: str | None = None
    outcome: str | None = None
    duration_ms: int | None = None
    detail: str | None = None
    software: str
    prev: str


class CallFacts(TypedDict, total=False):
    """
    Which call a record is about.
    """

    insurer: str | None
    account: str | None
    service: str | None
    operation: str | None
    exchange: str | None
    endpoint: str | None
    shipment: str | None


class Facts(CallFacts, total=False):
    """
    What the writer of a record may say; the rest comes from the session and the chain.
    """

    call: str | None
    certificate: str | None
    count: int | None
    bytes: int | None
    request_sha256: str | None
    response_sha256: str | None
    http_status: int | None
    bipro_status: str | None
    process_id: str | None
    reference: str | None
    outcome: str | None
    duration_ms: int | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """
    Who acts in this process, for every record it writes: a natural person or a schedule, never one for the other.

    *responsible* answers for scheduled runs, *invocation* is what systemd calls one; *software* is name and version.
    *scope* names the one insurer whose matters this person may see; None stands for all.
    """

    run: str
    actor: Actor
    principal: str | None
    principal_name: str | None
    role: str | None
    responsible: str | None
    os_user: str
    software: str
    invocation: str | None = None
    scope: str | None = None

    def draft(self, record_type: RecordType, facts: Facts) -> Record:
        """
        Return a record of this session that has no place in the chain yet.
        """
        return Record(
            seq=0,
            ts="",
            type=record_type,
            run=self.run,
            actor=self.actor,
            principal=self.principal,
            principal_name=self.principal_name,
            role=self.role,
            responsible=self.responsible,
            invocation=self.invocation,
            os_user=self.os_user,
            software=self.software,
            prev="",
            **facts,
        )


def timestamp(moment: datetime) -> str:
    """
    Return the moment as the log writes it, in UTC with microseconds, so that text order is time order.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_ENCODER = msgspec.json.Encoder()


def encode(record: Record) -> tuple[Record, bytes]:
    """
    Return the record as written and its line with the newline, at most :data:`LINE_LIMIT` bytes.

    Raises :class:`ValueError` where the line is too long even without its detail.
    """
    line = _ENCODER.encode(record)
    excess = len(line) + 1 - LINE_LIMIT
    if excess > 0:
        # A character takes at least one byte; the mark of the cut takes three.
        kept = (record.detail or "")[: -excess - 3]
        record = msgspec.structs.replace(record, detail=f"{kept}…")
        line = _ENCODER.encode(record)
        if len(line) >= LINE_LIMIT:
            raise ValueError("an audit record is too long even without its detail")
    return record, line + b"\n"

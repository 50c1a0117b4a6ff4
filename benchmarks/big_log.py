"""Let an audit log go on as years of pulls would have, record by record through its own chain, and without an fsync."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bipro_sync.audit import RecordType, Session
from bipro_sync.audit.chain import note, note_path, noted_head, segment_path
from bipro_sync.audit.log import SEGMENT_BYTES
from bipro_sync.audit.record import Facts, Record, timestamp

from .configuration import INSURER
from .messages import shipment_id
from .months import FIRST_MONTH, FIRST_YEAR


_BEGIN = datetime(FIRST_YEAR, FIRST_MONTH, 1, tzinfo=UTC)
A_RUN = 100
"""Shipments that one run brings."""

_SESSION = Session(
    run="",
    actor="schedule",
    principal=None,
    principal_name=None,
    role=None,
    responsible=None,
    os_user="nobody",
    software="benchmark",
)


def fill_log(directory: Path, shipments: int) -> None:
    """Append five records for each of so many shipments and two for each run, and leave the note of the log's end."""
    head = noted_head(directory)
    for number in range(1, shipments + 1):
        if head.offset >= SEGMENT_BYTES:
            head.segment, head.offset = head.segment + 1, 0
        with segment_path(directory, head.segment).open("ab") as segment:
            for record in _of_a_run(number):
                _, line = head.link(record, timestamp(moment_of(number)))
                segment.write(line)
    note_path(directory).write_bytes(note(head))


def moment_of(number: int) -> datetime:
    """When the shipment of this number was pulled."""
    return _BEGIN + timedelta(minutes=number)


def _of_a_run(number: int) -> Iterator[Record]:
    session = replace(_SESSION, run=f"{number // A_RUN:016x}")
    if number % A_RUN == 0:
        yield session.draft(RecordType.SESSION_START, Facts(insurer=INSURER, account=INSURER))
    yield from _records(session, shipment_id(number))
    if number % A_RUN == A_RUN - 1:
        yield session.draft(RecordType.SESSION_END, Facts(insurer=INSURER, account=INSURER, outcome="ok"))


def _records(session: Session, shipment: str) -> Iterator[Record]:
    manifest = secrets.token_hex(32)
    yield from _call(session, shipment, "getShipment", "mail")
    decision = Facts(insurer=INSURER, account=INSURER, shipment=shipment, detail=f"acknowledge; manifest {manifest}")
    yield session.draft(RecordType.ACK_DECISION, decision)
    yield from _call(session, shipment, "acknowledgeShipment", "ack")


def _call(session: Session, shipment: str, operation: str, exchange: str) -> Iterator[Record]:
    call = Facts(
        call=secrets.token_hex(8),
        insurer=INSURER,
        account=INSURER,
        service="transfer",
        operation=operation,
        exchange=exchange,
        endpoint="https://127.0.0.1/transfer",
        shipment=shipment,
    )
    intent = Facts(request_sha256=secrets.token_hex(32), **call)
    outcome = Facts(outcome="ok", http_status=200, bipro_status="OK", response_sha256=secrets.token_hex(32), **call)
    yield session.draft(RecordType.CALL_INTENT, intent)
    yield session.draft(RecordType.CALL_OUTCOME, outcome)


if __name__ == "__main__":
    fill_log(Path(sys.argv[1]), int(sys.argv[2]))

"""Let an audit log go on as years of pulls would have, record by record through its own chain, and without an fsync."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
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
_SESSION = Session(
    run="0123456789abcdef",
    actor="schedule",
    principal=None,
    principal_name=None,
    role=None,
    responsible=None,
    os_user="nobody",
    software="benchmark",
)


def fill_log(directory: Path, shipments: int) -> None:
    """Append five records for each of so many shipments, and leave the note of the log's end."""
    head = noted_head(directory)
    for number in range(1, shipments + 1):
        if head.offset >= SEGMENT_BYTES:
            head.segment, head.offset = head.segment + 1, 0
        moment = timestamp(_BEGIN + timedelta(minutes=number))
        with segment_path(directory, head.segment).open("ab") as segment:
            for record in _records(shipment_id(number)):
                _, line = head.link(record, moment)
                segment.write(line)
    note_path(directory).write_bytes(note(head))


def _records(shipment: str) -> Iterator[Record]:
    manifest = secrets.token_hex(32)
    yield from _call(shipment, "getShipment", "mail")
    decision = Facts(insurer=INSURER, account=INSURER, shipment=shipment, detail=f"acknowledge; manifest {manifest}")
    yield _SESSION.draft(RecordType.ACK_DECISION, decision)
    yield from _call(shipment, "acknowledgeShipment", "ack")


def _call(shipment: str, operation: str, exchange: str) -> Iterator[Record]:
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
    yield _SESSION.draft(RecordType.CALL_INTENT, intent)
    yield _SESSION.draft(RecordType.CALL_OUTCOME, outcome)

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from bipro_sync.audit import AuditLog, RecordType, Session
from bipro_sync.model.ports import CallIntent, CallOutcome, Operation, Outcome


class SteppingClock:
    """Goes on by one second at each look."""

    def __init__(self):
        self.moment = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def now(self):
        self.moment += timedelta(seconds=1)
        return self.moment

    def monotonic(self):
        return self.moment.timestamp()


@pytest.fixture
def session():
    return Session(
        run="run-1",
        actor="schedule",
        principal=None,
        principal_name=None,
        role=None,
        responsible="u001",
        os_user="bipro-sync",
        software="bipro-sync 0.1.0",
    )


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def open_log(directory, session):
    logs = []

    def _open(**options):
        log = AuditLog(directory, session=session, clock=SteppingClock(), **options)
        logs.append(log)
        return log

    yield _open
    for log in logs:
        log.close()


@pytest.fixture
def call():
    def _call(insurer="alpha", operation=Operation.LIST, shipment=None):
        return CallIntent(
            insurer=insurer,
            account=insurer,
            service="430",
            operation=operation,
            exchange="list",
            endpoint="https://transfer.example/430",
            shipment=shipment,
            request_sha256="a" * 64,
        )

    return _call


@pytest.fixture
def answered():
    return CallOutcome(Outcome.OK, 12, http_status=200, bipro_status="OK", count=3, response_sha256="b" * 64)


@pytest.fixture
def written(open_log, directory, call, answered):
    """A closed log of six records of two insurers; returns its only segment."""
    log = open_log()
    log.write(RecordType.SESSION_START)
    for insurer in ("alpha", "beta"):
        log.outcome(log.intent(call(insurer)), answered)
    log.write(RecordType.SESSION_END, detail="Prüfung „fertig“")
    log.close()
    return directory / "audit-000001.jsonl"


@pytest.fixture
def rechained():
    """Returns records as lines whose global chain is right again, as somebody who knows the format would write them."""

    def _rechained(records):
        lines, before = [], "0" * 64
        for number, record in enumerate(records, start=1):
            line = json.dumps(
                record | {"seq": number, "prev": before}, separators=(",", ":"), ensure_ascii=False
            ).encode()
            before = hashlib.sha256(line).hexdigest()
            lines.append(line + b"\n")
        return b"".join(lines)

    return _rechained

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bipro_sync.audit import Record, RecordType
from bipro_sync.audit.record import LINE_LIMIT, encode, timestamp


ORDER = """
seq ts type run call actor principal principal_name role responsible invocation os_user
insurer account certificate insurer_seq insurer_prev service operation exchange endpoint shipment count bytes
request_sha256 response_sha256 http_status bipro_status process_id reference outcome duration_ms detail software prev
"""


def test_a_line_has_the_published_keys_in_the_published_order():
    values = {
        field.name: 1 if field.type == (int | None) or field.type is int else "schedule"
        for field in msgspec.structs.fields(Record)
    }
    _, line = encode(Record(**values | {"type": RecordType.VERIFY}))
    assert list(json.loads(line)) == ORDER.split()


def test_absent_keys_are_left_out(session):
    _, line = encode(session.draft(RecordType.SESSION_START, {}))
    assert list(json.loads(line)) == [
        *("seq", "ts", "type", "run", "actor", "responsible", "os_user", "software", "prev")
    ]


@pytest.mark.parametrize("text", ["x", "ü", "€", "\x01", '"', "\U0001f4ec"])
def test_a_detail_that_is_too_long_is_cut_and_the_line_keeps_its_limit(session, text):
    for length in (8000, 8192, 20_000):
        record, line = encode(session.draft(RecordType.VERIFY, {"detail": text * length}))
        assert len(line) <= LINE_LIMIT
        assert msgspec.json.Decoder(Record).decode(line) == record
    assert record.detail.endswith("…")


def test_a_detail_that_just_fits_is_kept(session):
    room = LINE_LIMIT - len(encode(session.draft(RecordType.VERIFY, {"detail": "x"}))[1]) + 1
    assert len(encode(session.draft(RecordType.VERIFY, {"detail": "x" * room}))[1]) == LINE_LIMIT
    assert encode(session.draft(RecordType.VERIFY, {"detail": "x" * (room + 1)}))[0].detail.endswith("…")


def test_what_is_too_long_without_its_detail_is_an_error(session):
    with pytest.raises(ValueError, match="too long"):
        encode(session.draft(RecordType.VERIFY, {"shipment": "x" * LINE_LIMIT, "detail": "y"}))


def test_times_are_written_in_utc_with_microseconds():
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert timestamp(summer) == "2026-07-01T10:00:00.000000Z"

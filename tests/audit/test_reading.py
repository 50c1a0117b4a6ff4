from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bipro_sync.audit import RecordType, latest, read
from bipro_sync.errors import IntegrityError, StorageError


def numbers(directory, **filters):
    return [record.seq for record in read(directory, **filters)]


def test_all_records_come_oldest_first_over_all_segments(open_log, directory):
    log = open_log(segment_bytes=1)
    for _ in range(4):
        log.write(RecordType.READ)
    assert len(list(directory.glob("audit-*.jsonl"))) == 4
    assert numbers(directory) == [1, 2, 3, 4]


def test_records_are_chosen_by_insurer_type_shipment_and_run(open_log, directory, written, call, answered):
    log = open_log()
    log.outcome(log.intent(call("alpha", shipment="4711")), answered)
    assert numbers(directory, insurer="alpha") == [2, 3, 7, 8]
    assert numbers(directory, types=[RecordType.CALL_INTENT]) == [2, 4, 7]
    assert numbers(directory, insurer="alpha", types={RecordType.CALL_INTENT, RecordType.READ}) == [2, 7]
    assert numbers(directory, shipment="4711") == [7, 8]
    assert numbers(directory, run="run-1") == list(range(1, 9))
    assert numbers(directory, run="run-2") == []


def test_a_period_includes_its_beginning_and_not_its_end(directory, written):
    begin = datetime(2026, 11, 21, 9, 0, 3, tzinfo=UTC)
    assert numbers(directory, since=begin) == [3, 4, 5, 6]
    assert numbers(directory, until=begin) == [1, 2]
    assert numbers(directory, since=begin, until=begin + timedelta(seconds=2)) == [3, 4]
    assert numbers(directory, since=begin.astimezone(ZoneInfo("Europe/Berlin"))) == [3, 4, 5, 6]


def test_a_torn_last_line_is_passed_over(directory, written):
    content = written.read_bytes()
    for end in range(content.rindex(b"\n", 0, -1) + 1, len(content)):
        written.write_bytes(content[:end])
        assert numbers(directory) == [1, 2, 3, 4, 5]


def test_a_line_that_is_no_record_ends_the_reading_with_an_error(directory, written):
    lines = written.read_bytes().splitlines(keepends=True)
    written.write_bytes(b"".join([*lines[:2], b"{}\n", *lines[3:]]))
    records = read(directory)
    assert [next(records).seq, next(records).seq] == [1, 2]
    with pytest.raises(IntegrityError, match=r"audit-000001\.jsonl"):
        next(records)


def test_no_log_has_no_records(directory):
    assert numbers(directory) == []
    assert latest(directory, lambda record: record.insurer == "alpha") is None


def test_the_last_record_that_fits_is_found_from_the_log_s_end(open_log, directory):
    log = open_log(segment_bytes=700)
    for number in range(12):
        log.write(RecordType.VERIFY if number else RecordType.READ, insurer="beta" if number % 5 else "alpha")
    segments = sorted(directory.glob("audit-*.jsonl"))
    assert len(segments) > 3
    assert latest(directory, lambda record: record.type is RecordType.READ).seq == 1
    for segment in segments[:2]:
        segment.write_bytes(b"never read\n")
    assert latest(directory, lambda record: record.insurer == "beta").seq == 12
    assert latest(directory, lambda record: record.insurer == "alpha").seq == 11


def test_a_log_that_cannot_be_read_is_a_storage_error(directory):
    (directory / "audit-000001.jsonl").mkdir(parents=True)
    with pytest.raises(StorageError):
        numbers(directory)


@pytest.mark.parametrize("after", [0, 1, 7, 19, 20, 99])
def test_what_comes_after_a_record_is_read_from_its_segment_on(open_log, directory, after):
    log = open_log(segment_bytes=1500)
    for number in range(20):
        log.write(RecordType.VERIFY, count=number)
    assert len(list(directory.glob("audit-*.jsonl"))) > 3
    assert [record.seq for record in read(directory, after=after)] == list(range(after + 1, 21))

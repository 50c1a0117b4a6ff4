from datetime import UTC, date, datetime, timedelta

import pytest

from bipro_sync.audit import AuditLog, RecordType
from bipro_sync.audit.coverage import coverage_of
from bipro_sync.errors import IntegrityError
from bipro_sync.model.retention import Terms


class DailyClock:
    def __init__(self):
        self.moment = datetime(2026, 12, 30, 22, 30, tzinfo=UTC)
        self.step = timedelta(days=1)

    def now(self):
        self.moment += self.step
        return self.moment


@pytest.fixture
def covered(directory, session):
    """Six records of two insurers in as many segments, the first at the end of 2026."""
    clock = DailyClock()
    log = AuditLog(directory, session=session, clock=clock, segment_bytes=1)
    for number in range(6):
        clock.step = timedelta(days=9 if number == 4 else 1)
        log.write(RecordType.READ, insurer=("alpha", "beta")[number % 2])
    log.close()
    return coverage_of(directory, Terms())


def test_the_first_and_the_last_record_and_each_segment_are_told(covered):
    assert (covered.whole.records, covered.whole.first_seq, covered.whole.last_seq) == (6, 1, 6)
    assert (covered.whole.first_ts[:10], covered.whole.last_ts[:10]) == ("2026-12-31", "2027-01-13")
    assert [(each.name, each.first_seq, each.last_seq) for each in covered.segments][-1] == ("audit-000006.jsonl", 6, 6)
    assert all(each.bytes > 0 for each in covered.segments)
    assert {insurer: span.records for insurer, span in covered.insurers.items()} == {"alpha": 3, "beta": 3}


def test_the_log_may_be_deleted_ten_years_after_the_end_of_the_year_in_berlin(covered):
    assert covered.deletable_from == date(2037, 1, 1)


def test_a_week_without_a_record_is_a_silence_and_no_number_is_missing(covered):
    assert covered.missing == []
    [silence] = covered.silences
    assert (silence.after_seq, silence.before_seq, silence.missing) == (4, 5, 0)


def test_one_insurers_coverage_counts_its_records_alone(directory, covered):
    found = coverage_of(directory, Terms(), "beta")
    assert (found.whole.records, found.whole.first_seq, found.whole.last_seq, list(found.insurers)) == (
        3,
        2,
        6,
        ["beta"],
    )


def test_numbers_that_are_missing_are_told(directory, covered):
    (directory / "audit-000003.jsonl").write_bytes(b"")
    [gap] = coverage_of(directory, Terms()).missing
    assert (gap.after_seq, gap.before_seq, gap.missing) == (2, 4, 1)


def test_pieces_that_crashes_have_left_are_told_with_their_records(directory, covered, session):
    with (directory / "audit-000006.jsonl").open("ab") as file:
        file.write(b"torn")
    AuditLog(directory, session=session, clock=DailyClock()).close()
    found = coverage_of(directory, Terms())
    assert (list(found.torn.values()), len(found.torn)) == ([4], 1)
    assert [told.seq for told in found.repairs] == [7]
    assert "4 bytes" in found.repairs[0].detail


def test_a_log_without_records_covers_nothing(directory):
    directory.mkdir()
    found = coverage_of(directory, Terms())
    assert (found.whole.records, found.deletable_from, found.segments) == (0, None, [])


def test_a_line_that_is_no_record_is_refused(directory, covered):
    (directory / "audit-000003.jsonl").write_bytes(b"{}\n")
    with pytest.raises(IntegrityError):
        coverage_of(directory, Terms())

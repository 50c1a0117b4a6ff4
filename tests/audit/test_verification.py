import json

import pytest

from bipro_sync.audit import RecordType
from bipro_sync.audit.verification import verify
from bipro_sync.errors import StorageError


CAVEAT = "not anchored: a cut tail or a rewritten log would not show"


@pytest.fixture(params=["with the note of a finished run", "without one"])
def noted(request, directory, written):
    if request.param == "without one":
        (directory / ".head").unlink()
        return False
    return True


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def test_an_untouched_log_is_never_called_simply_intact(directory, written, noted):
    found = verify(directory)
    assert (found.damaged, found.bad_seq, found.reason) == (False, None, None)
    assert found.headline == f"chain intact, {CAVEAT}"
    assert (found.records, found.last_seq, found.segments, found.torn_bytes) == (6, 6, 1, 0)
    assert (found.first_ts, found.last_ts) == ("2026-11-21T09:00:01.000000Z", "2026-11-21T09:00:06.000000Z")
    assert found.insurers == {"alpha": 2, "beta": 2}
    assert found.open_intents == ()


def test_a_flipped_bit_is_found_in_every_byte_with_its_record(directory, written, noted):
    content = written.read_bytes()
    last = 6
    for position in range(0, len(content), 1 if noted else 7):
        number = content.count(b"\n", 0, position) + 1
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        written.write_bytes(flipped)
        found = verify(directory)
        if noted or number < last - 1:
            assert found.bad_seq == number, (position, found)
        elif number == last - 1:
            # Nothing follows the last record, so nothing says which of the last two is the changed one.
            assert found.bad_seq in (last - 1, last), (position, found)
        elif not found.damaged:
            assert found.torn_bytes or CAVEAT in found.headline


def test_a_changed_record_is_found(directory, written, noted):
    lines = lines_of(written)
    for number in range(1, 6):
        changed = lines[number - 1].replace(b'"schedule"', b'"person"')
        assert changed != lines[number - 1]
        written.write_bytes(b"".join([*lines[: number - 1], changed, *lines[number:]]))
        assert verify(directory).bad_seq == number


def test_a_deleted_record_is_found(directory, written, noted):
    lines = lines_of(written)
    for number in range(1, 6):
        written.write_bytes(b"".join(lines[: number - 1] + lines[number:]))
        assert verify(directory).bad_seq == number


def test_swapped_records_are_found(directory, written, noted):
    lines = lines_of(written)
    for number in range(1, 6):
        swapped = [*lines[: number - 1], lines[number], lines[number - 1], *lines[number + 1 :]]
        written.write_bytes(b"".join(swapped))
        assert verify(directory).bad_seq == number


def test_a_doubled_record_is_found(directory, written, noted):
    lines = lines_of(written)
    for number in range(1, 7):
        written.write_bytes(b"".join(lines[:number] + lines[number - 1 :]))
        assert verify(directory).bad_seq == number + 1


@pytest.fixture
def foreign(written, open_log, tmp_path, call, answered):
    """The lines of a log of the same calls at another place."""
    note = written.with_name(".head")
    for path in (written, note):
        path.rename(tmp_path / path.name)
    log = open_log()
    log.write(RecordType.SESSION_START, detail="another installation")
    for insurer in ("alpha", "beta"):
        log.outcome(log.intent(call(insurer)), answered)
    log.write(RecordType.SESSION_END)
    log.close()
    lines = lines_of(written)
    for path in (written, note):
        (tmp_path / path.name).replace(path)
    return lines


def test_a_record_of_another_log_in_the_place_of_ours_is_found(directory, written, foreign, noted):
    lines = lines_of(written)
    for number in range(1, 6):
        written.write_bytes(b"".join([*lines[: number - 1], foreign[number - 1], *lines[number:]]))
        assert verify(directory).bad_seq == number
        written.write_bytes(b"".join(lines[:number] + foreign[number:]))
        assert verify(directory).bad_seq in (number, number + 1)


def test_a_log_cut_at_any_byte_is_found_by_the_note_of_a_finished_run(directory, written):
    content = written.read_bytes()
    for end in range(len(content)):
        written.write_bytes(content[:end])
        assert verify(directory).bad_seq == content.count(b"\n", 0, end) + 1


def test_without_a_note_a_cut_log_is_torn_inside_a_record_and_unanchored_between_two(directory, written):
    (directory / ".head").unlink()
    content = written.read_bytes()
    for end in range(len(content)):
        written.write_bytes(content[:end])
        found = verify(directory)
        assert not found.damaged
        assert CAVEAT in found.headline
        assert found.records == content.count(b"\n", 0, end)
        assert found.torn_bytes == end - (content.rfind(b"\n", 0, end) + 1)


def test_a_log_written_anew_from_end_to_end_shows_only_against_a_note(directory, written, rechained):
    records = [json.loads(line) for line in lines_of(written)]
    records[5]["detail"] = "nothing happened"
    written.write_bytes(rechained(records))
    found = verify(directory)
    assert (found.bad_seq, found.damaged) == (6, True)
    (directory / ".head").unlink()
    assert verify(directory).headline == f"chain intact, {CAVEAT}"


@pytest.mark.parametrize("left_out", [1, 2])
def test_a_record_taken_out_of_a_rewritten_log_breaks_its_insurers_chain(directory, written, rechained, left_out):
    (directory / ".head").unlink()
    records = [json.loads(line) for line in lines_of(written)]
    del records[left_out]
    written.write_bytes(rechained(records))
    found = verify(directory)
    assert found.damaged
    assert "of its insurer" in found.reason


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"seq":6,', b'"seq": 6,'),
        lambda line: line.replace(b'"run":"run-1","actor":"schedule"', b'"actor":"schedule","run":"run-1"'),
        lambda line: line.replace(b'"run":"run-1"', b'"run":"run-1","run":"run-1"'),
        lambda line: line.replace(b'"run":"run-1"', b'"run":"run-1","call":null'),
        lambda line: line.replace(b'"run":"run-1"', b'"run":"run-1","reason":"x"'),
        lambda line: line.replace(b'"run":"run-1",', b""),
        lambda line: line.replace(b'"run":"run-1"', b'"run":["run-1"]'),
        lambda line: b"[" + line[:-1] + b"]\n",
        lambda line: b"\n",
    ],
    ids=["blank", "order", "twice", "null", "unknown key", "missing key", "other type", "list", "empty line"],
)
def test_a_line_the_log_would_not_have_written_is_found_even_at_the_end(directory, written, change):
    (directory / ".head").unlink()
    *before, last = lines_of(written)
    assert change(last) != last
    written.write_bytes(b"".join([*before, change(last)]))
    found = verify(directory)
    assert found.bad_seq == 6
    assert "not an audit record as the log writes it" in found.reason


@pytest.fixture
def segmented(open_log, directory):
    log = open_log(segment_bytes=1)
    for _ in range(4):
        log.write(RecordType.READ, insurer="alpha")
    log.close()
    return [directory / f"audit-{number:06d}.jsonl" for number in range(1, 5)]


def test_a_missing_segment_is_found(directory, segmented):
    (directory / ".head").unlink()
    for number, segment in enumerate(segmented[:-1], start=1):
        content = segment.read_bytes()
        segment.unlink()
        found = verify(directory)
        assert (found.bad_seq, found.reason) == (number, f"segment {number} of the log is missing")
        segment.write_bytes(content)
    assert not verify(directory).damaged


def test_a_segment_that_ends_inside_a_record_is_damaged_unless_it_is_the_last(directory, segmented):
    (directory / ".head").unlink()
    segmented[1].write_bytes(segmented[1].read_bytes()[:-1])
    found = verify(directory)
    assert (found.bad_seq, found.reason) == (2, "segment 2 ends inside it")


def test_a_call_without_an_outcome_is_unknown(directory, open_log, call, answered):
    log = open_log()
    log.outcome(log.intent(call()), answered)
    log.intent(call("beta", shipment="4711"))
    log.outcome(log.intent(call()), answered)
    [intent] = verify(directory).open_intents
    assert (intent.seq, intent.ts) == (3, "2026-11-21T09:00:03.000000Z")
    assert (intent.insurer, intent.operation, intent.shipment) == ("beta", "listShipments", "4711")


def test_an_empty_log_makes_no_claim(directory):
    directory.mkdir()
    found = verify(directory)
    assert (found.records, found.first_ts, found.damaged) == (0, None, False)
    assert CAVEAT in found.headline


def test_a_log_that_cannot_be_read_is_a_storage_error(directory, written):
    with pytest.raises(StorageError):
        verify(directory / "nowhere")
    written.unlink()
    written.mkdir()
    with pytest.raises(StorageError):
        verify(directory)


def test_the_check_does_not_write(directory, written):
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with written.open("ab") as file:
        file.write(b"torn")
    verify(directory)
    before[written.name] += b"torn"
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before

import pytest

from bipro_sync.audit import RecordType
from bipro_sync.audit.checkpoint import Checkpoint
from bipro_sync.audit.drawing_up import draw_up
from bipro_sync.audit.unsigned_head import leave_unsigned, unsigned_size
from bipro_sync.errors import IntegrityError


ORIGIN = "audit.example"


@pytest.fixture
def wrote(open_log):
    def _wrote(count):
        log = open_log(segment_bytes=600)
        for number in range(count):
            log.write(RecordType.READ, insurer="alpha", detail=f"record {number}")
        log.close()

    return _wrote


def test_what_is_to_be_signed_is_left_as_a_checkpoint_has_it(directory, wrote):
    wrote(5)
    left = leave_unsigned(directory, ORIGIN)
    assert left == draw_up(directory, ORIGIN, None).checkpoint
    assert Checkpoint.parse((directory / "unsigned").read_text()) == left
    assert unsigned_size(directory) == 5


def test_it_is_replaced_as_a_whole_and_only_what_is_new_is_read(directory, wrote):
    wrote(5)
    leave_unsigned(directory, ORIGIN)
    before = (directory / "unsigned").stat().st_ino
    wrote(2)
    (directory / "audit-000001.jsonl").write_bytes(b"unreadable")
    assert leave_unsigned(directory, ORIGIN).size == 7
    assert (directory / "unsigned").stat().st_ino != before
    assert [path.name for path in directory.glob("*unsigned*.*")] == []


def test_a_log_without_records_has_nothing_to_sign(directory, open_log):
    open_log()
    assert leave_unsigned(directory, ORIGIN) is None
    assert unsigned_size(directory) == 0


def test_a_log_that_contradicts_what_was_left_before_is_told(directory, wrote, tmp_path):
    wrote(1)
    leave_unsigned(directory, ORIGIN)
    text = (directory / "audit-000001.jsonl").read_bytes()
    (directory / "audit-000001.jsonl").write_bytes(text.replace(b"record 0", b"record 9"))
    with pytest.raises(IntegrityError, match="not the one that had 1 records"):
        leave_unsigned(directory, ORIGIN)


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe", b"audit.example\n5\n"])
def test_garbage_in_its_place_is_replaced(directory, wrote, garbage):
    wrote(3)
    (directory / "unsigned").write_bytes(garbage)
    assert leave_unsigned(directory, ORIGIN).size == 3


def test_a_log_under_another_name_is_drawn_up_anew(directory, wrote):
    wrote(3)
    leave_unsigned(directory, ORIGIN)
    assert leave_unsigned(directory, "other").origin == "other"


def test_what_a_killed_process_left_is_removed(directory, wrote):
    wrote(3)
    draft = directory / ".unsigned.0123abcd"
    draft.write_bytes(b"half")
    leave_unsigned(directory, ORIGIN)
    assert not draft.exists()

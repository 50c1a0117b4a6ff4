import stat

import pytest

from bipro_sync.anchors import directory
from bipro_sync.audit.anchoring import AnchorMemory
from bipro_sync.config import DirectoryAnchor
from bipro_sync.errors import AnchorError


def held(anchor):
    return sorted(path.name for path in anchor.path.iterdir())


@pytest.mark.usefixtures("umask_of_a_unit")
def test_a_checkpoint_lies_there_byte_for_byte_for_all_to_read(nas, delivery):
    brought = delivery(3)
    assert directory.bring(nas, brought)
    path = nas.path / "bipro-sync-000000000003.note"
    assert path.read_bytes() == brought.note
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert held(nas) == [path.name]


def test_those_before_it_that_are_missing_are_brought_along(nas, delivery):
    for size in (3, 5, 8):
        delivery(size)
    assert directory.bring(nas, delivery(9))
    assert held(nas) == [f"bipro-sync-00000000000{size}.note" for size in (3, 5, 8, 9)]


def test_what_was_skipped_while_another_run_was_at_it_is_brought_along(nas, delivery):
    directory.bring(nas, delivery(3))
    delivery(5)
    assert directory.bring(nas, delivery(9, memory=AnchorMemory(size=3, complete=True)))
    assert held(nas) == [f"bipro-sync-00000000000{size}.note" for size in (3, 5, 9)]


def test_a_new_disk_gets_many_old_ones_run_by_run_and_the_newest_first(nas, delivery):
    for size in range(1, directory.MOST_MADE_UP + 3):
        delivery(size)
    newest = delivery(directory.MOST_MADE_UP + 3)
    assert not directory.bring(nas, newest)
    assert len(held(nas)) == directory.MOST_MADE_UP + 1
    assert held(nas)[-1] == f"bipro-sync-{newest.size:012d}.note"
    assert held(nas)[0] == "bipro-sync-000000000003.note"
    assert directory.bring(nas, delivery(newest.size, memory=AnchorMemory(size=newest.size)))
    assert len(held(nas)) == directory.MOST_MADE_UP + 3


def test_a_directory_that_is_not_there_is_never_made(tmp_path, delivery):
    anchor = DirectoryAnchor(kind="directory", path=str(tmp_path / "away"))
    with pytest.raises(AnchorError, match="is no directory, or not mounted"):
        directory.bring(anchor, delivery(3))
    assert not anchor.path.exists()


def test_an_empty_mount_point_is_told_from_the_disk_that_was_there(nas, delivery):
    with pytest.raises(AnchorError, match="lacks the checkpoint of 3 records"):
        directory.bring(nas, delivery(5, memory=AnchorMemory(size=3, complete=True)))
    assert held(nas) == []


def test_what_is_there_is_never_replaced(nas, delivery):
    path = nas.path / "bipro-sync-000000000003.note"
    path.write_bytes(b"another log's")
    with pytest.raises(AnchorError, match="says something else"):
        directory.bring(nas, delivery(3))
    assert path.read_bytes() == b"another log's"


def test_two_logs_may_share_a_directory(nas, delivery):
    other = nas.path / "other-000000000003.note"
    other.write_bytes(b"another log's")
    assert directory.bring(nas, delivery(3))
    assert held(nas) == ["bipro-sync-000000000003.note", other.name]


def test_the_draft_of_a_killed_run_is_removed(nas, delivery):
    (nas.path / ".bipro-sync-000000000003.note.0123abcd").write_bytes(b"half")
    directory.bring(nas, delivery(3))
    assert held(nas) == ["bipro-sync-000000000003.note"]

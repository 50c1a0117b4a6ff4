import os
from pathlib import Path

import pytest

from .disk import Disk, each_way, killed_after, restore


def write(path, content, *, synced):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, content)
    if synced:
        os.fsync(descriptor)
    os.close(descriptor)


def sync(directory):
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


def left(disk):
    """Every state that may survive a power loss now."""
    return list(each_way(disk.moments[-1].survivors))


def test_a_file_that_is_synced_may_still_lose_its_name_and_one_that_has_its_name_its_bytes(tmp_path):
    with Disk(tmp_path) as disk:
        write(tmp_path / "f", b"bytes", synced=True)
        assert left(disk) == [{}, {"f": b"bytes"}]
        write(tmp_path / "g", b"abcd", synced=False)
        sync(tmp_path)
    assert {state["g"] for state in left(disk)} == {b"", b"ab", bytes(4), b"ab\0\0", b"abcd"}


def test_what_is_appended_may_be_lost_and_what_was_synced_before_is_not(tmp_path):
    (tmp_path / "f").write_bytes(b"old ")
    with Disk(tmp_path) as disk:
        descriptor = os.open(tmp_path / "f", os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, b"new!")
        assert {state["f"][:4] for state in left(disk)} == {b"old "}
        assert {state["f"][4:] for state in left(disk)} == {b"", b"ne", bytes(4), b"ne\0\0", b"new!"}
        os.ftruncate(descriptor, 0)
        os.close(descriptor)
    assert {state["f"] for state in left(disk)} == {b"old ", b""}


def test_changes_to_other_names_survive_each_for_itself(tmp_path):
    with Disk(tmp_path) as disk:
        for name in "ab":
            (tmp_path / name).mkdir()
    assert left(disk) == [{}, {"b": None}, {"a": None}, {"a": None, "b": None}]


@pytest.mark.parametrize("other", ["", "other"])
def test_a_rename_is_atomic_and_lasts_with_the_directory_it_goes_to(tmp_path, other):
    source, target = tmp_path / "source", tmp_path / other
    for directory in {source, target} - {tmp_path}:
        directory.mkdir()
    with Disk(tmp_path) as disk:
        write(source / "f", b"x", synced=True)
        sync(source)
        (source / "f").rename(target / "g")
        both = [{path.rpartition("/")[2] for path in state} & {"f", "g"} for state in left(disk)]
        assert both == [{"f"}, {"g"}]
        sync(source)
        assert len(left(disk)) == 2
        sync(target)
    assert [set(state) & {"source/f"} for state in left(disk)] == [set()]


def test_a_rename_that_lasts_takes_its_old_name_with_it_though_that_was_never_synced(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    with Disk(tmp_path) as disk:
        (tmp_path / "source/d").mkdir()
        (tmp_path / "source/d").rename(tmp_path / "target/d")
        sync(tmp_path / "target")
    assert left(disk) == [{"source": None, "target": None, "target/d": None}]


def test_a_killed_process_does_nothing_more_and_the_next_one_begins_there(tmp_path):
    disk = Disk(tmp_path)
    with disk:
        with killed_after(disk, 1):
            try:
                (tmp_path / "a").mkdir()
                (tmp_path / "b").mkdir()
            finally:
                (tmp_path / "a").rmdir()
        assert [path.name for path in tmp_path.iterdir()] == ["a"]
        disk.revive()
        (tmp_path / "a").rmdir()
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_past_the_disk_is_noticed(tmp_path):
    def _past_it():
        with Disk(tmp_path), (tmp_path / "f").open("wb") as file:
            file.write(b"unseen")

    with pytest.raises(AssertionError, match="did not see"):
        _past_it()


def test_what_survived_is_what_the_next_boot_finds(tmp_path):
    restore({"d": None, "d/f": b"bytes"}, tmp_path)
    assert (Path(tmp_path) / "d/f").read_bytes() == b"bytes"

import os

import pytest

from bipro_sync import durable
from bipro_sync.errors import StorageError


def test_free_space_is_what_the_system_says(tmp_path):
    assert 0 <= durable.free_space(tmp_path) <= os.statvfs(tmp_path).f_frsize * os.statvfs(tmp_path).f_blocks
    with pytest.raises(StorageError):
        durable.free_space(tmp_path / "nowhere")


def test_a_directory_is_told_from_a_file_and_from_nothing(tmp_path):
    (tmp_path / "f").touch()
    assert [durable.is_directory(tmp_path / each) for each in ("", "f", "f/g", "none")] == [True, False, False, False]
    assert durable.device(tmp_path) == durable.device(tmp_path / "f")


def test_names_come_one_by_one_and_none_where_there_is_no_directory(tmp_path):
    for name in ("b", ".a", "c"):
        (tmp_path / name).touch()
    assert sorted(durable.names(tmp_path)) == [".a", "b", "c"]
    assert list(durable.names(tmp_path / "missing")) == list(durable.names(tmp_path / "b")) == []


def test_only_a_file_has_a_size(tmp_path):
    (tmp_path / "file").write_bytes(b"four")
    assert [durable.size_of(tmp_path / name) for name in ("file", "missing", ".")] == [4, None, None]

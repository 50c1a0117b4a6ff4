import subprocess
import sys

import pytest

from bipro_sync.catalog import put_in_place
from bipro_sync.errors import StorageError


DYING = """
import os, sys
from pathlib import Path
from bipro_sync.catalog import replacing
root, fatal, count = Path(sys.argv[1]), int(sys.argv[2]), 0
def dying(function):
    def step(*arguments):
        global count
        count += 1
        if count == fatal:
            os._exit(9)
        return function(*arguments)
    return step
for name in ("give_name", "remove_file", "take_place"):
    setattr(replacing, name, dying(getattr(replacing, name)))
replacing.put_in_place(root / "draft", root / "catalog.db", root / "kept")
os._exit(count)
"""

OLD = {"": b"old", "-wal": b"old wal", "-shm": b"old shm"}


def laid_out(root, ends):
    for end in ends:
        (root / f"catalog.db{end}").write_bytes(OLD[end])
    (root / "draft").write_bytes(b"new")


def lying(root):
    return {path.name: path.read_bytes() for path in root.iterdir()}


@pytest.mark.parametrize("ends", [(), ("",), ("", "-wal"), ("", "-wal", "-shm"), ("-wal", "-shm")], ids=" ".join)
def test_the_draft_stands_in_the_place_and_everything_that_stood_there_is_kept(tmp_path, ends):
    laid_out(tmp_path, ends)
    assert put_in_place(tmp_path / "draft", tmp_path / "catalog.db", tmp_path / "kept") is bool(ends)
    assert lying(tmp_path) == {"catalog.db": b"new"} | {f"kept{end}": OLD[end] for end in ends}


def test_what_is_kept_already_is_never_replaced(tmp_path):
    laid_out(tmp_path, [""])
    (tmp_path / "kept").write_bytes(b"older still")
    with pytest.raises(StorageError, match="exists already"):
        put_in_place(tmp_path / "draft", tmp_path / "catalog.db", tmp_path / "kept")
    assert lying(tmp_path) == {"catalog.db": b"old", "draft": b"new", "kept": b"older still"}


@pytest.mark.parametrize("ends", [("",), ("", "-wal", "-shm")], ids=" ".join)
def test_a_crash_at_any_step_leaves_the_old_one_the_new_one_or_none_and_never_a_mixture(tmp_path, ends):
    fatal, died = 0, 9
    while died == 9:
        fatal += 1
        root = tmp_path / str(fatal)
        root.mkdir()
        laid_out(root, ends)
        died = subprocess.run([sys.executable, "-c", DYING, root, str(fatal)], check=False).returncode
        found = lying(root)
        beside = {end: found[f"catalog.db{end}"] for end in OLD if f"catalog.db{end}" in found}
        assert beside in ({end: OLD[end] for end in ends}, {"": b"new"}) or "" not in beside
        assert "" in beside or {end: found[f"kept{end}"] for end in ends} == {end: OLD[end] for end in ends}
        assert ends != ("",) or "" in beside, "a catalogue that was closed in good order is always there"
        if "draft" in found:
            put_in_place(root / "draft", root / "catalog.db", root / "kept again")
        assert (root / "catalog.db").read_bytes() == b"new"
        assert not (root / "catalog.db-wal").exists()
    assert died == fatal - 1, "every step has died once"

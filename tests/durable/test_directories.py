import stat
import subprocess
import sys
import threading

import pytest

from bipro_sync import durable
from bipro_sync.errors import StorageError

from .practice import IMPORTS, ORDINARY_USER, mode, python


CALLS = ["-e", "trace=openat,write,fsync,rename,mkdir,unlink,fadvise64,read,chmod,fchmodat"]


def test_a_directory_is_made_with_its_parents_for_its_owner_only(tmp_path):
    durable.make_directory(tmp_path / "a/b/c")
    assert [mode(tmp_path / each) for each in ("a", "a/b", "a/b/c")] == [0o700] * 3
    durable.make_directory(tmp_path / "a/b/c")


def test_a_directory_is_made_as_open_as_another_where_no_mode_may_be_set(tmp_path, traced):
    # As RestrictSUIDSGID= of our units refuses it for a directory that hands its group down.
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox").chmod(0o2770)
    script = (
        "import os, sys; from pathlib import Path; from bipro_sync import durable\n"
        "os.umask(0o077); root = Path(sys.argv[1]); durable.make_alike(root / 'a/b', root)\n"
        "print(f'{os.umask(0):o}')"
    )
    refused = ["-e", "trace=mkdir,chmod,fchmodat", "-e", "inject=chmod,fchmodat:error=EPERM"]
    made = traced(script, str(tmp_path / "inbox"), options=refused)
    assert made.output == "77\n"
    assert [oct((tmp_path / "inbox" / each).stat().st_mode & 0o7777) for each in ("a", "a/b")] == ["0o2770"] * 2


def test_a_directory_made_by_several_at_once_is_there_for_all(tmp_path):
    troubles = []

    def _make(number):
        try:
            durable.make_directory(tmp_path / "x/y/z" / str(number))
        except StorageError as error:
            troubles.append(error)

    threads = [threading.Thread(target=_make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert len(list((tmp_path / "x/y/z").iterdir())) == 8


def test_a_file_in_the_place_of_a_directory_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(StorageError):
            durable.make_directory(path)


@pytest.fixture
def published(tmp_path):
    """A published directory of two files."""
    draft = tmp_path / "draft"
    draft.mkdir()
    for name in ("one", "two"):
        durable.write_new(draft / name, name.encode(), durable.READ_ONLY)
    durable.publish_directory(draft, tmp_path / "published")
    return tmp_path / "published"


def test_a_published_directory_goes_with_the_last_of_its_files_and_once_more_changes_nothing(published):
    durable.remove_published(published, ["one"])
    assert [path.name for path in published.iterdir()] == ["two"]
    assert mode(published) == 0o500
    for _ in range(2):
        durable.remove_published(published, ["one", "two"])
        assert not published.exists()


def test_what_nobody_named_stays_in_a_published_directory(published):
    published.chmod(0o700)
    (published / "stranger").write_text("somebody else's")
    durable.remove_published(published, ["one", "two"])
    assert [path.name for path in published.iterdir()] == ["stranger"]


def test_an_ordinary_user_removes_what_was_published_and_sealed(published, ordinary_user):
    script = "durable.remove_published(directory, ['one', 'two'])"
    done = subprocess.run([*ordinary_user, sys.executable, "-c", IMPORTS + script, published], check=False)
    assert done.returncode == 0
    assert not published.exists()


def test_a_published_directory_appears_whole_with_its_final_names_and_read_only(tmp_path):
    source, target = tmp_path / "spool/1", tmp_path / "shipments/2026/11/4711"
    durable.make_directory(source)
    durable.make_directory(target.parent)
    for name in ("manifest.json", "part-1"):
        durable.write_new(source / name, name.encode(), durable.READ_ONLY)
    durable.rename_within(source, {"part-1": "01-Police.pdf"})
    durable.publish_directory(source, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "manifest.json": b"manifest.json",
        "01-Police.pdf": b"part-1",
    }
    assert {mode(path) for path in target.iterdir()} == {0o400}
    assert mode(target) == 0o500
    assert not source.exists()


@pytest.mark.parametrize("kind", ["directory", "full directory", "file"])
def test_nothing_is_published_over_something(tmp_path, kind):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    durable.write_new(source / "f", b"new")
    if kind == "file":
        target.write_bytes(b"old")
    else:
        target.mkdir()
    if kind == "full directory":
        (target / "f").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        durable.publish_directory(source, target)
    assert (source / "f").read_bytes() == b"new"
    assert not (target / "f").exists() or (target / "f").read_bytes() == b"old"


def test_an_ordinary_user_publishes_and_can_change_nothing_afterwards(reachable):
    script = """
source, target = directory / "spool", directory / "shipments/4711"
durable.make_directory(source)
durable.make_directory(target.parent)
durable.write_new(source / "f", b"bytes", durable.READ_ONLY)
durable.publish_directory(source, target)
refused = 0
for change in (
    lambda: (target / "f").write_bytes(b"other"),
    lambda: (target / "g").touch(),
    lambda: (target / "f").unlink(),
    lambda: (target / "f").rename(target / "h"),
):
    try:
        change()
    except PermissionError:
        refused += 1
print((target / "f").read_text(), refused)
"""
    assert python(ORDINARY_USER + script, reachable) == "bytes 4\n"


def test_an_ordinary_user_is_told_what_may_not_be_written(reachable):
    (reachable / "locked").mkdir(mode=0o555)
    script = """
for action in (
    lambda path: durable.write_new(path, b""),
    lambda path: durable.replace(path, b""),
    durable.make_directory,
    durable.AppendFile,
    lambda path: durable.FileLock(path).acquire(wait=False),
):
    try:
        action(directory / "locked/x")
    except StorageError as error:
        print("Permission denied" in error.message)
"""
    assert python(ORDINARY_USER + script, reachable) == "True\n" * 5


def test_removing_takes_away_a_tree_or_a_file_and_minds_no_missing_file(tmp_path):
    durable.make_directory(tmp_path / "a/b")
    durable.write_new(tmp_path / "a/b/f", b"")
    durable.remove_tree(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    with pytest.raises(StorageError):
        durable.remove_tree(tmp_path / "a")
    durable.write_new(tmp_path / "f", b"")
    for _ in range(2):
        durable.remove_file(tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_publishing_syncs_the_files_and_their_names_before_the_rename_and_the_new_name_after_it(tmp_path, traced):
    found = traced(
        IMPORTS
        + """
durable.make_directory(directory / "spool/1")
file = durable.NewFile(directory / "spool/1/f")
file.write(b"bytes")
file.finish()
durable.make_directory(directory / "shipments")
durable.publish_directory(directory / "spool/1", directory / "shipments/4711")
""",
        tmp_path,
        options=CALLS,
    )
    spool, shipments = tmp_path / "spool", tmp_path / "shipments"
    [written] = found.positions("write", f"<{spool}/1/f>")
    [file_synced] = found.positions("fsync", f"<{spool}/1/f>")
    [inside_synced] = found.positions("fsync", f"<{spool}/1>")
    [renamed] = found.positions("rename", f'"{spool}/1", "{shipments}/4711"')
    assert written < file_synced < inside_synced < renamed
    opened = [place for place in found.positions("openat", f'"{shipments}"') if place < renamed]
    synced = [place for place in found.positions("fsync", f"<{shipments}>") if place > renamed]
    assert opened, "the directory is opened before it changes"
    assert synced, "the directory is synced after it changed"


def test_each_new_directory_is_synced_in_its_parent(tmp_path, traced):
    found = traced(IMPORTS + 'durable.make_directory(directory / "a/b")', tmp_path, options=CALLS)
    for parent, name in ((tmp_path, "a"), (tmp_path / "a", "b")):
        [made] = found.positions("mkdir", f'"{parent / name}"')
        assert found.positions("fsync", f"<{parent}>")[0] > made


def test_a_sealed_directory_is_read_only(tmp_path):
    (tmp_path / "shipment").mkdir()
    durable.seal(tmp_path / "shipment")
    assert stat.S_IMODE((tmp_path / "shipment").stat().st_mode) == 0o500

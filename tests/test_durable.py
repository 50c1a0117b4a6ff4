import errno
import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from bipro_sync import durable
from bipro_sync.errors import DiskFullError, StorageError


IMPORTS = """
import json, os, sys
from pathlib import Path
from bipro_sync import durable
from bipro_sync.errors import StorageError
directory = Path(sys.argv[1])
"""

ORDINARY_USER = (
    IMPORTS
    + """
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
assert os.getuid() != 0
"""
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def reachable():
    """A directory that an ordinary user reaches, other than pytest's own ones."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)
        yield Path(directory)


def python(script, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, **options
    ).stdout


@pytest.mark.parametrize(
    ("number", "kind"),
    [("ENOSPC", DiskFullError), ("EDQUOT", DiskFullError), ("EFBIG", DiskFullError), ("EIO", StorageError)],
)
def test_a_full_disk_is_told_from_other_troubles(tmp_path, number, kind):
    error = durable.storage_error("write", tmp_path / "f", OSError(getattr(errno, number), "reason"))
    assert type(error) is kind
    assert error.message == f"Cannot write {tmp_path / 'f'}: reason."


def test_a_directory_is_made_with_its_parents_for_its_owner_only(tmp_path):
    durable.make_directory(tmp_path / "a/b/c")
    assert [mode(tmp_path / each) for each in ("a", "a/b", "a/b/c")] == [0o700] * 3
    durable.make_directory(tmp_path / "a/b/c")


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


def test_a_new_file_knows_its_size_digest_and_beginning(tmp_path):
    file = durable.NewFile(tmp_path / "f")
    pieces = [b"a" * 700, b"b" * 700, b"", b"c" * 5]
    for piece in pieces:
        file.write(piece)
    digest = file.finish()
    content = b"".join(pieces)
    assert (tmp_path / "f").read_bytes() == content
    assert (digest.size, digest.sha256) == (1405, hashlib.sha256(content).hexdigest())
    assert (file.size, file.head) == (1405, content[: durable.HEAD])
    assert mode(tmp_path / "f") == 0o600


def test_a_finished_file_takes_nothing_more(tmp_path):
    file = durable.NewFile(tmp_path / "f")
    file.finish()
    with pytest.raises(ValueError, match="finished"):
        file.write(b"x")
    with pytest.raises(ValueError, match="finished"):
        file.finish()
    file.abandon()


def test_files_finished_together_are_all_under_way_to_the_device_before_one_is_waited_for(tmp_path, traced):
    found = traced(
        IMPORTS
        + """
files = [durable.NewFile(directory / name) for name in "abc"]
for file in files:
    file.write(b"bytes")
durable.finish_all(files)
for file in files:
    try:
        file.write(b"x")
    except ValueError:
        print("finished")
""",
        tmp_path,
        options=CALLS,
    )
    begun = [found.positions("fadvise64", f"<{tmp_path}/{name}>") for name in "abc"]
    synced = [found.positions("fsync", f"<{tmp_path}/{name}>") for name in "abc"]
    assert [len(places) for places in (*begun, *synced)] == [1] * 6
    assert max(begun) < min(synced)


@pytest.mark.parametrize("write", [lambda path: durable.write_new(path, b"new"), durable.NewFile])
def test_a_new_file_never_replaces_another(tmp_path, write):
    (tmp_path / "f").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("f", "link"):
        with pytest.raises(StorageError, match="exists"):
            write(tmp_path / name)
    assert (tmp_path / "f").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


def test_write_new_says_what_it_wrote(tmp_path):
    assert durable.write_new(tmp_path / "f", b"abc", 0o640).sha256 == hashlib.sha256(b"abc").hexdigest()
    assert ((tmp_path / "f").read_bytes(), mode(tmp_path / "f") & 0o740) == (b"abc", 0o640)


def test_replace_puts_the_new_content_in_the_old_ones_place(tmp_path):
    for content in (b"one", b"two", b""):
        durable.replace(tmp_path / "f", content)
        assert (tmp_path / "f").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


SMALL_FILES = """
import signal, sys
from pathlib import Path
from bipro_sync import durable
from bipro_sync.errors import DiskFullError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
directory = Path(sys.argv[1])
"""


def limited(script, directory):
    return python(
        SMALL_FILES + script, directory, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    )


def test_replace_leaves_the_old_content_where_the_new_does_not_fit(tmp_path):
    (tmp_path / "f").write_bytes(b"old")
    script = """
try:
    durable.replace(directory / "f", b"x" * 101)
except DiskFullError:
    print("full")
"""
    assert limited(script, tmp_path) == "full\n"
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"old")]


def test_an_append_that_stops_half_way_is_taken_back(tmp_path):
    script = """
file = durable.AppendFile(directory / "f")
file.append(b"a" * 60)
try:
    file.append(b"b" * 60)
except DiskFullError:
    print("full", file.size())
file.append(b"c" * 40)
"""
    assert limited(script, tmp_path) == "full 60\n"
    assert (tmp_path / "f").read_bytes() == b"a" * 60 + b"c" * 40


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


def test_read_whole_returns_the_content(tmp_path):
    (tmp_path / "f").write_bytes(b"bytes")
    assert durable.read_whole(tmp_path / "f") == b"bytes"
    with pytest.raises(StorageError):
        durable.read_whole(tmp_path / "nowhere")


def test_read_back_tells_what_the_file_holds_now(tmp_path):
    path = tmp_path / "f"
    for content in (b"", b"x" * (durable.CHUNK + 1), b"y" * (durable.CHUNK + 1)):
        path.write_bytes(content)
        found = durable.read_back(path, ("md5", "sha1"))
        assert found.size == len(content)
        assert found.digests == {
            name: hashlib.new(name, content).hexdigest()  # the insurer's own checksums may be old ones
            for name in ("sha256", "md5", "sha1")
        }
    with pytest.raises(StorageError):
        durable.read_back(tmp_path / "nowhere")


def test_an_append_file_only_grows_and_sees_what_others_append(tmp_path):
    file, other = durable.AppendFile(tmp_path / "f"), durable.AppendFile(tmp_path / "f")
    file.append(b"one ")
    other.append(b"two ")
    file.append(b"three")
    assert (tmp_path / "f").read_bytes() == b"one two three"
    assert (file.size(), other.size()) == (13, 13)
    assert (file.read_at(4, 3), file.read_at(8, 100), file.read_at(99, 1)) == (b"two", b"three", b"")
    file.truncate(3)
    assert other.size() == 3
    for each in (file, other):
        each.close()


LOCKER = """
import sys, time
from pathlib import Path
from bipro_sync.durable import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(wait=False), flush=True)
sys.stdin.read()
"""


def test_a_lock_excludes_other_processes_until_it_is_freed_or_its_holder_is_killed(tmp_path):
    path = tmp_path / "lock"
    with durable.FileLock(path):
        assert python(LOCKER, path, stdin=subprocess.DEVNULL) == "False\n"
    with subprocess.Popen(
        [sys.executable, "-c", LOCKER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "True\n"
        lock = durable.FileLock(path)
        assert not lock.acquire(wait=False)
        lock.release()
        waiting = threading.Thread(target=lock.acquire, kwargs={"wait": True})
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        holder.send_signal(signal.SIGKILL)
        waiting.join(10)
        assert not waiting.is_alive()
    assert python(LOCKER, path, stdin=subprocess.DEVNULL) == "False\n"
    lock.release()
    assert python(LOCKER, path, stdin=subprocess.DEVNULL) == "True\n"


def test_free_space_is_what_the_system_says(tmp_path):
    assert 0 <= durable.free_space(tmp_path) <= os.statvfs(tmp_path).f_frsize * os.statvfs(tmp_path).f_blocks
    with pytest.raises(StorageError):
        durable.free_space(tmp_path / "nowhere")


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


CALLS = ["-e", "trace=openat,write,fsync,rename,mkdir,unlink,fadvise64,read,chmod,fchmodat"]


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


def test_replacing_syncs_the_draft_before_the_rename_and_the_directory_after_it(tmp_path, traced):
    found = traced(IMPORTS + 'durable.replace(directory / "f", b"bytes")', tmp_path, options=CALLS)
    [renamed] = found.positions("rename", f'"{tmp_path}/f"')
    [draft_synced] = found.positions("fsync", f"<{tmp_path}/.f.")
    [directory_synced] = found.positions("fsync", f"<{tmp_path}>")
    assert draft_synced < renamed < directory_synced
    assert found.positions("openat", f'"{tmp_path}"')[0] < renamed


def test_each_new_directory_is_synced_in_its_parent(tmp_path, traced):
    found = traced(IMPORTS + 'durable.make_directory(directory / "a/b")', tmp_path, options=CALLS)
    for parent, name in ((tmp_path, "a"), (tmp_path / "a", "b")):
        [made] = found.positions("mkdir", f'"{parent / name}"')
        assert found.positions("fsync", f"<{parent}>")[0] > made


def test_removing_a_file_is_synced(tmp_path, traced):
    (tmp_path / "f").touch()
    found = traced(IMPORTS + 'durable.remove_file(directory / "f")', tmp_path, options=CALLS)
    [removed] = found.positions("unlink", f'"{tmp_path}/f"')
    assert found.positions("fsync", f"<{tmp_path}>")[0] > removed


def test_read_back_drops_the_page_cache_before_it_reads(tmp_path, traced):
    (tmp_path / "f").write_bytes(b"bytes")
    found = traced(IMPORTS + 'durable.read_back(directory / "f")', tmp_path, options=CALLS)
    [dropped] = found.positions("fadvise64", f"<{tmp_path}/f>, 0, 0, POSIX_FADV_DONTNEED")
    assert found.positions("read", f"<{tmp_path}/f>")[0] > dropped


def test_a_failed_sync_is_an_error_and_is_never_repeated_on_the_same_file(tmp_path, traced):
    (tmp_path / "f").touch()
    found = traced(
        IMPORTS
        + """
file = durable.AppendFile(directory / "f")
for attempt in range(2):
    try:
        file.append(b"line")
        file.sync()
    except durable.StorageError as error:
        print(error.message)
""",
        tmp_path,
        options=["-e", "trace=fsync,write", "-P", tmp_path / "f", "-e", "inject=fsync:error=EIO"],
    )
    assert found.output == (
        f"Cannot make durable {tmp_path}/f: Input/output error.\n"
        f"{tmp_path}/f failed before and takes nothing more in this run.\n"
    )
    assert [name for name, _, _ in found.calls] == ["write", "fsync"]
    assert "INJECTED" in found.calls[1][2]


def test_a_new_file_that_cannot_be_synced_is_an_error(tmp_path, traced):
    found = traced(
        IMPORTS
        + """
try:
    durable.write_new(directory / "f", b"bytes")
except durable.StorageError as error:
    print(error.message)
""",
        tmp_path,
        options=["-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1"],
    )
    assert found.output == f"Cannot make durable {tmp_path}/f: Input/output error.\n"
    assert "INJECTED" in found.calls[0][2]


def test_a_file_gets_another_name_only_where_that_name_is_free(tmp_path):
    draft, taken = tmp_path / "draft", tmp_path / "taken"
    draft.write_bytes(b"new")
    taken.write_bytes(b"old")
    assert durable.give_name(draft, taken) is False
    assert durable.give_name(draft, tmp_path / "free") is True
    assert (taken.read_bytes(), (tmp_path / "free").read_bytes()) == (b"old", b"new")


def test_a_sealed_directory_is_read_only(tmp_path):
    (tmp_path / "shipment").mkdir()
    durable.seal(tmp_path / "shipment")
    assert stat.S_IMODE((tmp_path / "shipment").stat().st_mode) == 0o500


def test_a_file_is_given_in_chunks_and_its_end_from_the_device(tmp_path):
    content = os.urandom(durable.CHUNK + 5)
    (tmp_path / "f").write_bytes(content)
    assert [len(chunk) for chunk in durable.chunks(tmp_path / "f")] == [durable.CHUNK, 5]
    assert b"".join(durable.chunks(tmp_path / "f")) == content
    assert durable.read_tail(tmp_path / "f", 7) == content[-7:]
    assert durable.read_tail(tmp_path / "f", 2 * len(content)) == content
    for read in (lambda path: list(durable.chunks(path)), lambda path: durable.read_tail(path, 1), durable.device):
        with pytest.raises(StorageError, match="No such file"):
            read(tmp_path / "none")


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


def test_a_draft_takes_the_place_of_a_file_and_of_none(tmp_path):
    for content in (b"first", b"second"):
        (tmp_path / "draft").write_bytes(content)
        durable.take_place(tmp_path / "draft", tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == content
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(StorageError):
        durable.take_place(tmp_path / "draft", tmp_path / "file")


def test_a_lock_is_shared_by_any_number_or_held_by_one_alone(tmp_path):
    first, second, alone = (durable.FileLock(tmp_path / "lock") for _ in range(3))
    assert first.acquire(wait=False, shared=True)
    assert second.acquire(wait=False, shared=True)
    assert not alone.acquire(wait=False)
    first.release()
    assert not alone.acquire(wait=False)
    second.release()
    assert alone.acquire(wait=False)
    assert not first.acquire(wait=False, shared=True)
    alone.release()


def test_only_drafts_of_the_files_named_are_removed_and_no_link_is_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.write_bytes(b"kept")
    for name in (".f.json.0123abcd", ".f.json.01234567"):
        (tmp_path / name).touch()
    others = {
        "f.json",
        ".f.json",
        "g.json",
        ".g.json.0123abcd",
        ".f.json.0123abcx",
        ".f.json.0123abcd.z",
        ".fxjson.0123abcd",
    }
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / ".f.json.aaaaaaaa").symlink_to(kept)
    (tmp_path / ".f.json.bbbbbbbb").mkdir()

    durable.remove_drafts(tmp_path, r"f\.json|h\.json")
    durable.remove_drafts(tmp_path / "none", "f")

    left = others | {"kept", ".f.json.aaaaaaaa", ".f.json.bbbbbbbb"}
    assert {path.name for path in tmp_path.iterdir()} == left
    assert kept.read_bytes() == b"kept"


def test_a_directory_is_locked_without_a_file_of_its_own(tmp_path):
    first, second = durable.DirectoryLock(tmp_path), durable.DirectoryLock(tmp_path)
    assert (first.acquire(wait=False), second.acquire(wait=False)) == (True, False)
    first.release()
    assert second.acquire(wait=False)
    second.release()
    assert list(tmp_path.iterdir()) == []

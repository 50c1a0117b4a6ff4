import hashlib

import pytest

from bipro_sync import durable
from bipro_sync.errors import StorageError

from .practice import IMPORTS, limited, mode


CALLS = ["-e", "trace=openat,write,fsync,rename,mkdir,unlink,fadvise64,read,chmod,fchmodat"]


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


def test_replacing_syncs_the_draft_before_the_rename_and_the_directory_after_it(tmp_path, traced):
    found = traced(IMPORTS + 'durable.replace(directory / "f", b"bytes")', tmp_path, options=CALLS)
    [renamed] = found.positions("rename", f'"{tmp_path}/f"')
    [draft_synced] = found.positions("fsync", f"<{tmp_path}/.f.")
    [directory_synced] = found.positions("fsync", f"<{tmp_path}>")
    assert draft_synced < renamed < directory_synced
    assert found.positions("openat", f'"{tmp_path}"')[0] < renamed


def test_removing_a_file_is_synced(tmp_path, traced):
    (tmp_path / "f").touch()
    found = traced(IMPORTS + 'durable.remove_file(directory / "f")', tmp_path, options=CALLS)
    [removed] = found.positions("unlink", f'"{tmp_path}/f"')
    assert found.positions("fsync", f"<{tmp_path}>")[0] > removed


def test_a_new_file_that_cannot_be_synced_is_an_error(tmp_path, traced):
    found = traced(
        IMPORTS
        + """
try:
    durable.write_new(directory / "f", b"bytes")
except StorageError as error:
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


def test_a_draft_takes_the_place_of_a_file_and_of_none(tmp_path):
    for content in (b"first", b"second"):
        (tmp_path / "draft").write_bytes(content)
        durable.take_place(tmp_path / "draft", tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == content
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(StorageError):
        durable.take_place(tmp_path / "draft", tmp_path / "file")


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

import hashlib
import os

import pytest

from bipro_sync import durable
from bipro_sync.errors import StorageError

from .practice import IMPORTS


CALLS = ["-e", "trace=openat,write,fsync,rename,mkdir,unlink,fadvise64,read,chmod,fchmodat"]


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


def test_read_back_drops_the_page_cache_before_it_reads(tmp_path, traced):
    (tmp_path / "f").write_bytes(b"bytes")
    found = traced(IMPORTS + 'durable.read_back(directory / "f")', tmp_path, options=CALLS)
    [dropped] = found.positions("fadvise64", f"<{tmp_path}/f>, 0, 0, POSIX_FADV_DONTNEED")
    assert found.positions("read", f"<{tmp_path}/f>")[0] > dropped

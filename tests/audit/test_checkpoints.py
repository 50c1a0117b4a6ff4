import shutil
import stat
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit import RecordType
from bipro_sync.audit.checkpoints import Checkpoints, read_signed
from bipro_sync.audit.key_file import make_key
from bipro_sync.audit.note import Signer
from bipro_sync.audit.note_files import newest_size
from bipro_sync.durable import FileLock
from bipro_sync.errors import IntegrityError


@pytest.fixture
def signer():
    return Signer("audit.example/log", Ed25519PrivateKey.generate())


@pytest.fixture
def known(signer):
    return [signer.verifier]


@pytest.fixture
def written(open_log):
    def _written(count):
        log = open_log()
        for number in range(count):
            log.write(RecordType.READ, insurer="alpha", detail=f"record {number}")
        log.close()

    return _written


def test_a_log_is_signed_as_it_grows_and_each_checkpoint_stays(directory, written, signer, known):
    checkpoints = Checkpoints(directory)
    assert checkpoints.last(known) is None
    for size in (3, 5):
        written(size - (3 if size == 5 else 0))
        signed = checkpoints.add(signer, known)
        assert (signed.checkpoint.size, signed.checkpoint.origin) == (size, "audit.example/log")
        assert Checkpoints(directory).last(known) == signed
    assert [read_signed(path, known).checkpoint.size for path in checkpoints.paths()] == [3, 5]
    assert {stat.S_IMODE(path.stat().st_mode) for path in checkpoints.paths()} == {0o444}


def test_what_is_signed_already_is_not_signed_again(directory, written, signer, known):
    written(3)
    first = Checkpoints(directory).add(signer, known)
    assert Checkpoints(directory).add(signer, known) == first
    assert len(Checkpoints(directory).paths()) == 1


def test_an_empty_log_has_nothing_to_sign(directory, written, signer, known):
    written(0)
    assert Checkpoints(directory).add(signer, known) is None
    assert Checkpoints(directory).paths() == []


def test_without_what_was_kept_the_log_is_read_again(directory, written, signer, known):
    written(3)
    Checkpoints(directory).add(signer, known)
    (directory / "checkpoints/.tree").unlink()
    written(1)
    assert Checkpoints(directory).add(signer, known).checkpoint.size == 4


def test_an_old_copy_of_the_log_is_not_signed(directory, written, signer, known, tmp_path):
    written(3)
    shutil.copytree(directory, tmp_path / "old")
    written(2)
    Checkpoints(directory).add(signer, known)
    shutil.copy(tmp_path / "old/audit-000001.jsonl", directory)
    shutil.copy(tmp_path / "old/.head", directory)
    written(1)
    with pytest.raises(IntegrityError, match="not the one that had 5 records"):
        Checkpoints(directory).add(signer, known)
    assert len(Checkpoints(directory).paths()) == 1


def test_a_key_that_follows_another_signs_on_where_the_old_one_is_still_known(directory, written, signer, known):
    written(3)
    Checkpoints(directory).add(signer, known)
    written(1)
    following = Signer(signer.verifier.name, Ed25519PrivateKey.generate())
    with pytest.raises(IntegrityError, match="no signature of a key that is known"):
        Checkpoints(directory).add(following, [following.verifier])
    signed = Checkpoints(directory).add(following, [*known, following.verifier])
    assert (signed.checkpoint.size, signed.signed_by) == (4, (following.verifier,))


@pytest.mark.parametrize("data", [b"", b"text\n", b"\x00" * 40])
def test_a_checkpoint_that_is_none_is_refused(directory, written, signer, known, data):
    written(3)
    Checkpoints(directory).add(signer, known)
    [path] = Checkpoints(directory).paths()
    path.chmod(0o600)
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="cannot be believed"):
        Checkpoints(directory).add(signer, known)


def test_no_checkpoint_is_drawn_up_while_somebody_appends(directory, written, signer, known):
    written(3)
    done = threading.Event()

    def sign():
        Checkpoints(directory).add(signer, known)
        done.set()

    with FileLock(directory / ".lock"):
        thread = threading.Thread(target=sign)
        thread.start()
        assert not done.wait(0.2)
        assert newest_size(directory) == 0
    thread.join()
    assert newest_size(directory) == 3


SIGN = """
import sys, pathlib
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.key_file import read_key
signer = read_key(pathlib.Path(sys.argv[2]))
Checkpoints(pathlib.Path(sys.argv[1])).add(signer, [signer.verifier])
"""


def test_what_a_checkpoint_covers_is_on_the_device_before_it_has_its_name(directory, written, traced, tmp_path):
    make_key(tmp_path / "key", "audit.example")
    written(3)
    seen = "trace=fsync,rename,renameat,renameat2"
    order = traced(SIGN, str(directory), str(tmp_path / "key"), options=["-e", seen])
    [segment] = order.positions("fsync", "audit-000001.jsonl")
    [named] = [place for each in ("rename", "renameat2") for place in order.positions(each, "000000000003.note")]
    assert segment < named


def test_signing_again_removes_what_a_killed_signer_left(directory, written, signer, known):
    written(3)
    Checkpoints(directory).add(signer, known)
    draft = directory / "checkpoints/.000000000004.note.0123abcd"
    draft.write_bytes(b"half")
    written(1)
    Checkpoints(directory).add(signer, known)
    assert not draft.exists()
    assert newest_size(directory) == 4

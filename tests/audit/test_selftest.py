import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit import RecordType
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.note import Signer
from bipro_sync.audit.selftest import try_out
from bipro_sync.errors import IntegrityError, UsageError


SIGNER = Signer("audit.example", Ed25519PrivateKey.generate())


def contents(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.fixture(params=[10_000, 500], ids=["one segment", "several segments"])
def log(request, open_log, directory):
    log = open_log(segment_bytes=request.param)
    for number in range(12):
        log.write(RecordType.READ, insurer="alpha", detail=f"record {number}")
    log.close()
    Checkpoints(directory).add(SIGNER, [SIGNER.verifier])
    return directory


def test_a_digit_changed_in_a_copy_is_noticed_and_the_log_is_untouched(log):
    before = contents(log)
    tried = try_out(log)
    assert (tried.noticed, 1 < tried.changed < 12) == (True, True)
    assert tried.before.startswith("chain intact")
    assert tried.after.startswith(f"damaged at record {tried.changed}: ")
    assert contents(log) == before


def test_the_copys_checkpoints_are_checked_too(log):
    [note] = Checkpoints(log).paths()
    note.chmod(0o600)
    note.write_bytes(b"garbage")
    with pytest.raises(IntegrityError, match="nothing to try"):
        try_out(log)


def test_a_log_with_one_record_has_nothing_to_try(open_log, directory):
    log = open_log()
    log.write(RecordType.READ)
    log.close()
    with pytest.raises(UsageError):
        try_out(directory)


def test_a_damaged_log_is_not_tried(log):
    segment = log / "audit-000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b"record 0", b"record X"))
    with pytest.raises(IntegrityError, match="damaged at record 1"):
        try_out(log)

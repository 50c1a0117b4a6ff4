from datetime import UTC, datetime

import pytest

from bipro_sync.audit.anchoring import (
    Anchoring,
    AnchorMemory,
    SigningMemory,
    WritingMemory,
    remember_signing,
    remember_writing,
    signing_memory,
    writing_memory,
)
from bipro_sync.config.schema import AuditSection, DirectoryAnchor


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAS = DirectoryAnchor(kind="directory", path="/mnt/nas", name="nas")
TSA = DirectoryAnchor(kind="directory", path="/mnt/tsa", name="tsa")


@pytest.fixture
def log(directory):
    (directory / "checkpoints").mkdir(parents=True)
    return directory


def section(*anchors, **others):
    return AuditSection(**{"key": "/etc/key", "anchors": anchors} | others)


def told(log, **others):
    return Anchoring.of(section(**others), log).headline


def test_that_nothing_is_anchored_is_told_with_the_reason(log):
    assert told(log, anchors="none") == 'not anchored: anchors = "none"'
    assert told(log, anchors=None) == "not anchored: [audit] anchors is not decided"
    assert told(log, anchors="none", key=None) == 'not anchored: anchors = "none", and nobody signs the log'
    assert told(log, anchors=[NAS], key=None) == "not anchored: nobody signs the log"
    assert told(log, anchors=[NAS]) == "not anchored: no checkpoint was signed yet"
    (log / "checkpoints/000000000007.note").touch()
    assert told(log, anchors=[NAS]) == "not anchored: no anchor was reached yet"


def test_the_newest_checkpoint_at_any_anchor_is_told(log):
    reached = {"nas": AnchorMemory(size=7, at=NOON), "tsa": AnchorMemory(size=9, at=NOON), "old": AnchorMemory(size=99)}
    remember_signing(log, SigningMemory(anchors=reached))
    assert told(log, anchors=[NAS, TSA]) == "anchored up to record 9 (tsa, 2026-11-21 12:00 UTC)"


def test_what_went_wrong_is_told(log):
    failed = AnchorMemory(size=7, at=NOON, error="/mnt/nas is not there")
    remember_signing(log, SigningMemory(anchors={"nas": failed}, error="The log is another one."))
    remember_writing(log, WritingMemory(error="The disk is full."))
    assert Anchoring.of(section(NAS, TSA), log).troubles == (
        "The disk is full.",
        "The log is another one.",
        "The anchor nas was not reached: /mnt/nas is not there; it has the checkpoint of 7 records.",
    )


def test_records_that_wait_for_another_users_signature_are_told(log):
    (log / "checkpoints/000000000007.note").touch()
    head = f"bipro-sync\n9\n{'A' * 43}=\ntime 2026-11-21T12:00:00.000000Z\nhead {'0' * 64}\n"
    (log / "unsigned").write_text(head)
    found = Anchoring.of(section(NAS), log)
    assert (found.signed, found.waiting) == (7, 2)
    assert found.troubles == ()


def test_that_the_signer_does_not_run_is_told_until_it_does(log):
    remember_writing(log, WritingMemory(missed=9))
    [trouble] = Anchoring.of(section(NAS), log).troubles
    assert trouble == "9 record(s) that an earlier run left to be signed are not signed; does the signer run?"
    (log / "checkpoints/000000000009.note").touch()
    assert Anchoring.of(section(NAS), log).troubles == ()


@pytest.mark.parametrize("garbage", [b"", b"{", b'{"anchors": 7}', b"\xff"])
def test_garbage_is_remembered_as_nothing(log, garbage):
    (log / "checkpoints/anchors.json").write_bytes(garbage)
    (log / "sealing.json").write_bytes(garbage)
    assert (signing_memory(log), writing_memory(log)) == (SigningMemory(), WritingMemory())


def test_nothing_is_written_where_nothing_is_new(log):
    memory = SigningMemory(anchors={"nas": AnchorMemory(size=7, at=NOON)})
    remember_signing(log, memory)
    before = (log / "checkpoints/anchors.json").stat()
    remember_signing(log, memory)
    assert (log / "checkpoints/anchors.json").stat() == before
    assert signing_memory(log) == memory


def test_the_json_says_the_same(log):
    remember_signing(log, SigningMemory(anchors={"nas": AnchorMemory(size=7, at=NOON)}))
    assert Anchoring.of(section(NAS), log).as_json() == {
        "headline": "anchored up to record 7 (nas, 2026-11-21 12:00 UTC)",
        "anchored": 7,
        "signed": 0,
        "waiting": 0,
        "anchors": {"nas": {"size": 7, "at": "2026-11-21T12:00:00+00:00", "error": None}},
        "troubles": [],
    }

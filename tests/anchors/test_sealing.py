import dataclasses
import json
import shutil
import subprocess
import sys

import pytest

from bipro_sync.anchors.sealing import Seal
from bipro_sync.audit.anchoring import signing_memory, writing_memory
from bipro_sync.audit.checkpoint import Checkpoint
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.key_file import make_key, read_key
from bipro_sync.audit.note_files import newest_size
from bipro_sync.audit.unsigned_head import unsigned_size
from bipro_sync.errors import ConfigurationError, IntegrityError


@pytest.fixture
def seal(section, log, clock, opened):
    """Opens the log, appends so many records and seals it."""

    def _seal(*anchors, records=0, **others):
        one = opened(records)
        try:
            return Seal(section(*anchors, **others), log, clock, one).put()
        finally:
            one.close()

    return _seal


def records(log, *types):
    lines = [line for path in sorted(log.glob("audit-*.jsonl")) for line in path.read_text().splitlines()]
    return [record for record in map(json.loads, lines) if not types or record["type"] in types]


def test_the_log_is_signed_and_a_record_behind_it_says_so(seal, nas, log):
    sealed = seal(nas, records=3)
    assert sealed.signs
    assert sealed.newest.checkpoint.size == 3
    first, said = records(log)[3:]
    assert (first["type"], first["detail"]) == ("key.changed", f"from none to {sealed.newest.signed_by[0]}")
    assert (said["type"], said["count"], said["outcome"]) == ("checkpoint", 3, "anchored")
    key_id = sealed.newest.signed_by[0].key_id.hex()
    assert said["detail"].endswith(f"; key {key_id}; anchors: nas reached")
    assert (nas.path / "bipro-sync-000000000003.note").read_bytes() == sealed.newest.note


def test_each_seal_signs_the_record_of_the_one_before(seal, log):
    assert [seal(records=3).newest.checkpoint.size, seal().newest.checkpoint.size] == [3, 5]
    assert seal().newest.checkpoint.size == 6
    assert [record["count"] for record in records(log, "checkpoint")] == [3, 5, 6]
    assert len(records(log, "key.changed")) == 1


def test_an_empty_log_is_not_sealed(seal, log):
    assert seal().newest is None
    assert records(log) == []


def test_an_anchor_out_of_reach_is_recorded_remembered_and_no_error(seal, nas, log):
    nas.path.rmdir()
    sealed = seal(nas, records=3)
    [said] = records(log, "checkpoint")
    assert said["outcome"] == "signed"
    assert said["detail"].endswith("anchors: nas not reached")
    [trouble] = sealed.anchoring.troubles
    assert trouble == f"The anchor nas was not reached: {nas.path} is no directory, or not mounted."
    assert sealed.anchoring.headline == "not anchored: no anchor was reached yet"


def test_what_one_run_could_not_bring_the_next_one_brings(seal, nas):
    nas.path.rmdir()
    seal(nas, records=3)
    nas.path.mkdir()
    sealed = seal(nas)
    assert sealed.anchoring.troubles == ()
    assert sealed.anchoring.headline.startswith("anchored up to record 5 (nas, 2026-11-21 09:00 UTC)")
    assert len(list(nas.path.iterdir())) == 2


def test_another_key_signs_on_and_the_log_says_from_which_to_which(seal, section, verifier, log):
    old = verifier(section())
    seal(records=3)
    new = verifier(section(key="new.key"))
    with pytest.raises(IntegrityError, match="no signature of a key that is known"):
        seal(key="new.key")
    assert seal(key="new.key", known_keys=[str(old)]).newest.signed_by == (new,)
    assert [record["detail"] for record in records(log, "key.changed")] == [
        f"from none to {old}",
        f"from {old} to {new}",
    ]


def test_another_key_is_recorded_although_a_process_died_after_signing_with_it(seal, section, verifier, log, opened):
    old = verifier(section())
    seal(records=3)
    opened(2).close()
    following = read_key(section(key="new.key").key)
    Checkpoints(log).add(following, [old, following.verifier])
    seal(key="new.key", known_keys=[str(old)])
    assert records(log, "key.changed")[-1]["detail"] == f"from {old} to {following.verifier}"
    assert [record["count"] for record in records(log, "checkpoint")] == [3, 7]


def test_where_what_was_recorded_is_forgotten_no_key_is_said_to_have_changed(seal, log):
    seal(records=3)
    (log / "sealing.json").unlink()
    seal()
    assert len(records(log, "key.changed")) == 1


def test_an_old_copy_of_the_log_goes_on_only_under_another_name(seal, log, tmp_path, nas):
    seal(nas, records=3)
    shutil.copytree(log, tmp_path / "backup")
    seal(nas, records=2)
    shutil.copytree(log / "checkpoints", tmp_path / "checkpoints")
    shutil.rmtree(log)
    shutil.copytree(tmp_path / "backup", log)
    shutil.rmtree(log / "checkpoints")
    shutil.copytree(tmp_path / "checkpoints", log / "checkpoints")
    with pytest.raises(IntegrityError, match="not the one that had 7 records"):
        seal(nas)
    (log / "checkpoints").rename(log / "checkpoints-before")
    make_key(tmp_path / "other.key", "bipro-sync-2")
    sealed = seal(nas, key="other.key", name="bipro-sync-2")
    assert sealed.newest.checkpoint.origin == "bipro-sync-2"
    assert [path.name for path in sorted(nas.path.iterdir())] == [
        "bipro-sync-000000000003.note",
        "bipro-sync-000000000007.note",
        f"bipro-sync-2-{sealed.newest.checkpoint.size:012d}.note",
    ]


@pytest.mark.parametrize("seal_again", [False, True])
def test_a_log_that_contradicts_its_last_checkpoint_is_not_signed_and_that_is_remembered(seal, log, seal_again):
    seal(records=3)
    path = log / "audit-000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"record 1", b"record 9"))
    (log / "checkpoints/.tree").unlink()
    (log / ".head").unlink()
    if seal_again:
        (log / "checkpoints/.tree").write_bytes(b"garbage")
    with pytest.raises(IntegrityError):
        seal()
    assert newest_size(log) == 3


def test_what_went_wrong_is_remembered_until_it_goes_well(seal, section, log, clock, opened):
    seal(records=3)
    one = opened()
    lost = section().model_copy(update={"key": log / "lost.key"})
    with pytest.raises(ConfigurationError, match="No such file"):
        Seal(lost, log, clock, one).put()
    assert "lost.key" in writing_memory(log).error
    Seal(section(), log, clock, one).put()
    assert writing_memory(log).error is None


def test_a_run_does_not_suffer_from_its_seal(section, log, clock, opened):
    one = opened(3)
    lost = section().model_copy(update={"key": log / "lost.key"})
    [sentence, hint] = Seal(lost, log, clock, one).after_a_run()
    assert sentence.startswith("The audit log has no new checkpoint: ")
    assert "docs/audit-keys.md" in hint
    broken = section().model_copy(update={"known_keys": 7})
    [sentence] = Seal(broken, log, clock, one).after_a_run()
    assert sentence == "The audit log has no new checkpoint: unexpected: TypeError"


def test_a_key_of_another_log_does_not_sign(seal, log):
    with pytest.raises(ConfigurationError, match=r"and \[audit\] name is other"):
        seal(records=3, name="other")
    assert newest_size(log) == 0


def test_only_new_records_are_read(seal, log, opened):
    seal(records=3)
    opened(2).close()
    (log / "audit-000001.jsonl").rename(log / "kept")
    lines = (log / "kept").read_bytes().splitlines(keepends=True)
    # Up to the last record that the kept tree ends with, nothing is left to read but spaces.
    harmed = b"".join(b" " * (len(line) - 1) + b"\n" for line in lines[:2]) + b"".join(lines[2:])
    (log / "audit-000001.jsonl").write_bytes(harmed)
    assert seal().newest.checkpoint.size == len(lines)


SIGN = """
import sys
from pathlib import Path
from bipro_sync.anchors.sealing import Seal
from bipro_sync.config.schema import AuditSection
from bipro_sync.model.ports import SystemClock
section = AuditSection.model_validate_json(sys.argv[1])
sealed = Seal(section, Path(sys.argv[2]), SystemClock(), None).put()
print(sealed.newest.checkpoint.size)
"""


def signs(section, log):
    """The signer, who may read the log and write below checkpoints/ alone."""
    keyed = json.dumps({"key": str(section.key), "known_keys": [str(key) for key in section.known_keys]})
    done = subprocess.run([sys.executable, "-c", SIGN, keyed, log], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr


def test_who_has_no_key_leaves_the_head_and_records_what_another_user_has_signed(section, verifier, log, clock, opened):
    whole = section()
    public = str(verifier(whole))
    writer = whole.model_copy(update={"key": None, "known_keys": (verifier(whole),)})
    one = opened(3)
    sealed = Seal(writer, log, clock, one).put()
    assert (sealed.newest, sealed.signs, sealed.anchoring.waiting) == (None, False, 3)
    assert Checkpoint.parse((log / "unsigned").read_text()).size == 3
    before = (log / "audit-000001.jsonl").read_bytes()
    assert signs(whole.model_copy(update={"known_keys": (verifier(whole),)}), log) == "3"
    assert (log / "audit-000001.jsonl").read_bytes() == before
    sealed = Seal(writer, log, clock, one).put()
    assert [record["type"] for record in records(log)][3:] == ["key.changed", "checkpoint"]
    assert records(log, "key.changed")[0]["detail"] == f"from none to {public}"
    assert (sealed.newest.checkpoint.size, sealed.anchoring.waiting, sealed.anchoring.troubles) == (3, 2, ())
    Seal(writer, log, clock, one).put()
    assert len(records(log, "checkpoint")) == 1


def test_the_head_is_left_to_its_signer_although_the_last_checkpoint_cannot_be_believed(
    section, verifier, log, clock, opened
):
    writer = section().model_copy(update={"key": None, "known_keys": (verifier(section(key="other.key")),)})
    one = opened(3)
    signs(section(), log)
    [sentence, _] = Seal(writer, log, clock, one).after_a_run()
    assert "no signature of a key that is known here" in sentence
    assert unsigned_size(log) == 3


def test_that_the_signer_does_not_run_is_told_at_the_next_run(section, verifier, log, clock, opened):
    whole = section()
    writer = whole.model_copy(update={"key": None, "known_keys": (verifier(whole),)})
    one = opened(3)
    assert Seal(writer, log, clock, one).after_a_run() == ()
    clock.pass_by(minutes=9)
    assert Seal(writer, log, clock, one).after_a_run() == ()
    clock.pass_by(minutes=2)
    assert Seal(writer, log, clock, one).after_a_run() == (
        "3 record(s) that an earlier run left to be signed are not signed; does the signer run?",
    )
    signs(whole, log)
    assert Seal(writer, log, clock, one).after_a_run() == ()


def test_a_signer_remembers_what_went_wrong_beside_the_checkpoints(section, log, clock, opened):
    opened(3).close()
    signs(section(), log)
    wrong = section().model_copy(update={"name": "other"})
    with pytest.raises(ConfigurationError):
        Seal(wrong, log, clock, None).put()
    assert "[audit] name is other" in signing_memory(log).error
    assert not (log / "sealing.json").exists()


def test_who_may_neither_write_the_log_nor_read_the_key_signs_nothing(section, log, clock, opened):
    opened(3).close()
    nobody = Seal(section().model_copy(update={"key": None}), log, clock, None)
    with pytest.raises(ConfigurationError, match="neither write the audit log nor read its key"):
        nobody.put()


def test_a_key_file_and_its_text_are_in_no_record(seal, section, log, tmp_path):
    secret = (make_key(tmp_path / "other.key", "bipro-sync"), (tmp_path / "other.key").read_text())[1].strip()
    sealed = seal(records=3, key="other.key")
    found = b"".join(path.read_bytes() for path in log.rglob("*") if path.is_file())
    assert secret.rpartition("+")[2].encode() not in found
    assert secret.rpartition("+")[2] not in repr(dataclasses.astuple(sealed.anchoring)) + json.dumps(sealed.as_json())

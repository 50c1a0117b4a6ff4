import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit import RecordType, verify_audit
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.merkle import Tree, leaf_hash
from bipro_sync.audit.note import Signer


SIGNER = Signer("audit.example/log", Ed25519PrivateKey.generate())
KEY = str(SIGNER.verifier)
FOUND = (verify_audit.DamageError, InvalidSignature, ValueError, LookupError, TypeError)
"""What the file takes for damage."""


def verified(bundle, key=KEY):
    """The file alone, elsewhere, with nothing of ours at hand."""
    alone = shutil.copy(verify_audit.__file__, bundle.parent / "verify_audit.py")
    done = subprocess.run(
        [sys.executable, "-I", alone, bundle, "--key", key], capture_output=True, text=True, check=False
    )
    assert done.stderr == "" or done.returncode == 2
    return done.returncode, done.stdout


@pytest.fixture
def exported(directory, open_log, tmp_path):
    """Exports what is wanted of a log of 11 records, of two insurers in turns; signed after the first 9, and again."""

    def _exported(insurer=None, wanted=lambda _: True, *, signed=11):
        log = open_log()
        for number in range(11):
            if number == signed:
                log.settle()
                Checkpoints(directory).add(SIGNER, [SIGNER.verifier])
            log.write(RecordType.READ, insurer=("alpha", "beta")[number % 2], detail=f"record {number}")
        log.close()
        if signed == 11:
            Checkpoints(directory).add(SIGNER, [SIGNER.verifier])
        bundle = tmp_path / "bundle"
        bundle.mkdir()
        lines = (directory / "audit-000001.jsonl").read_bytes().splitlines()
        tree = Tree(map(leaf_hash, lines[:signed]))
        records = [json.loads(line) for line in lines]
        chosen = [each["seq"] for each in records if insurer in (None, each["insurer"]) and wanted(each["seq"])]
        (bundle / "records.jsonl").write_bytes(b"".join(lines[seq - 1] + b"\n" for seq in chosen))
        if chosen != list(range(1, signed + 1)):
            proofs = [[each.hex() for each in tree.inclusion(seq - 1)] if seq <= signed else [] for seq in chosen]
            (bundle / "proofs.jsonl").write_text("".join(f"{json.dumps({'path': path})}\n" for path in proofs))
        (bundle / "export.json").write_text(json.dumps({"insurer": insurer}))
        shutil.copy(Checkpoints(directory).paths()[-1], bundle / "checkpoint.note")
        return bundle

    return _exported


def test_a_whole_log_is_complete(exported):
    code, said = verified(exported())
    assert code == 0
    assert said.splitlines()[1:] == [
        "Intact: 11 records in records.jsonl, as signed and in place; the other files are copies for reading.",
        "Complete: these are all records of the log up to the checkpoint.",
    ]


def test_one_insurers_records_are_complete_without_the_others(exported):
    code, said = verified(exported("beta"))
    assert (code, "Complete: these are all records of beta up to the checkpoint." in said) == (0, True)


def test_a_period_is_without_a_gap_and_does_not_pass_for_all(exported):
    code, said = verified(exported("alpha", lambda seq: 3 <= seq <= 9))
    assert (code, "Without a gap: numbers 2 to 5 of alpha, of 6 up to the checkpoint." in said) == (0, True)


def test_a_period_without_records_proves_nothing_but_that_there_are_others(exported):
    code, said = verified(exported("alpha", lambda _: False))
    assert (code, "Nothing was exported of alpha, of which the checkpoint counts 6 records." in said) == (0, True)


def test_records_after_the_checkpoint_are_not_covered_by_it(exported):
    code, said = verified(exported("alpha", signed=9))
    assert (code, said) == (15, "DAMAGED: the checkpoint knows nothing of record 11.\n")


def test_another_key_proves_nothing(exported, tmp_path):
    other = Signer(SIGNER.verifier.name, Ed25519PrivateKey.generate())
    code, said = verified(exported(), str(other.verifier))
    assert (code, said) == (15, "DAMAGED: the checkpoint is not signed with this key.\n")
    assert verified(tmp_path / "bundle", "no key")[0] == 2


CHANGES = {
    "an edit": ("records.jsonl", lambda data: data.replace(b"record 4", b"record 5")),
    "a record less": (
        "records.jsonl",
        lambda data: b"".join(data.splitlines(keepends=True)[:2] + data.splitlines(keepends=True)[3:]),
    ),
    "the first one less": ("records.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[1:])),
    "the last one less": ("records.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[:-1])),
    "a cut tail": ("records.jsonl", lambda data: data[:-9]),
    "two swapped": ("records.jsonl", lambda data: b"".join(sorted(data.splitlines(keepends=True), reverse=True))),
    "one twice": ("records.jsonl", lambda data: data + data.splitlines(keepends=True)[-1]),
    "a note of another size": ("checkpoint.note", lambda data: data.replace(b"\n11\n", b"\n12\n")),
    "a note without its signature": ("checkpoint.note", lambda data: data.rpartition(b"\n\n")[0] + b"\n"),
    "nothing": ("checkpoint.note", lambda _: b""),
    "no JSON": ("records.jsonl", lambda _: b"{"),
    "another insurer's": ("export.json", lambda _: b'{"insurer": "gamma"}'),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_whatever_was_changed_is_damage(exported, insurer, change):
    bundle = exported(insurer)
    name, changed = CHANGES[change]
    data = (bundle / name).read_bytes()
    assert changed(data) != data
    (bundle / name).write_bytes(changed(data))
    code, said = verified(bundle)
    assert (code, said.startswith("DAMAGED: ")) == (15, True)


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_any_flipped_byte_of_records_or_note_is_damage(exported, insurer):
    bundle = exported(insurer)
    for name in ("records.jsonl", "checkpoint.note"):
        path = bundle / name
        path.chmod(0o600)
        content = path.read_bytes()
        for position in range(0, len(content), 1 if name == "checkpoint.note" else 7):
            flipped = bytearray(content)
            flipped[position] ^= 1 << position % 8
            path.write_bytes(flipped)
            with pytest.raises(FOUND):
                list(verify_audit.check(bundle, KEY))
        path.write_bytes(content)
    assert list(verify_audit.check(bundle, KEY))


def rehashed(data):
    """The records with all hashes made right again after an edit of the third."""
    lines, before, chains = [], "0" * 64, {}
    for number, line in enumerate(data.splitlines()):
        record = json.loads(line)
        record |= {"prev": before, "insurer_prev": chains.get(record["insurer"], "0" * 64)}
        record["detail"] = "nothing happened" if number == 2 else record["detail"]
        text = json.dumps(record, separators=(",", ":")).encode()
        before = chains[record["insurer"]] = hashlib.sha256(text).hexdigest()
        lines.append(text + b"\n")
    return b"".join(lines)


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_an_edit_with_all_hashes_made_right_is_not_what_was_signed(exported, insurer):
    bundle = exported(insurer)
    records = bundle / "records.jsonl"
    records.write_bytes(rehashed(records.read_bytes()))
    code, said = verified(bundle)
    assert (code, said.startswith("DAMAGED: ")) == (15, True)


def test_a_hand_made_file_is_short_enough_to_be_read(exported):
    assert len(Path(verify_audit.__file__).read_text("utf-8").splitlines()) <= 150

import dataclasses
import hashlib
import json
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit import RecordType, verify_audit
from bipro_sync.audit.bundle import Answer, Chosen, Question, choose, write_bundle
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.merkle import Tree, leaf_hash
from bipro_sync.audit.note import Signer
from bipro_sync.audit.verification import verify


SIGNER = Signer("audit.example", Ed25519PrivateKey.generate())
KEY = str(SIGNER.verifier)
MADE = "2026-11-21T09:00:30+00:00"
"""When the export says that it was made: behind the log's last record."""


def verified(bundle, *anchors, key=KEY):
    """The file alone, elsewhere, with nothing of ours at hand."""
    alone = shutil.copy(verify_audit.__file__, bundle.parent / "verify_audit.py")
    words = [word for anchor in anchors for word in ("--anchor", anchor)]
    done = subprocess.run(
        [sys.executable, "-I", alone, bundle, "--key", key, *words], capture_output=True, text=True, check=False
    )
    assert done.stderr == "" or done.returncode == 2
    return done.returncode, done.stdout or done.stderr


class Log:
    """A log of two insurers in turns, and what is exported of it; its checkpoints are kept by an auditor, too."""

    def __init__(self, directory, open_log, home):
        self.directory = directory
        self.open_log = open_log
        self.home = home
        self.kept = home / "auditor"
        self.kept.mkdir()

    def write(self, count, *, signer=SIGNER, text="record"):
        log = self.open_log()
        for number in range(count):
            log.write(RecordType.READ, insurer=("alpha", "beta")[number % 2], detail=f"{text} {number}")
        log.close()
        if signer:
            signed = Checkpoints(self.directory).add(signer, [SIGNER.verifier, signer.verifier])
            name = f"{signed.checkpoint.size:012d}.note"
            shutil.copy(self.directory / "checkpoints" / name, self.kept / f"audit.example-{name}")

    def note(self, size):
        return self.kept / f"audit.example-{size:012d}.note"

    def export(self, insurer=None, wanted=lambda _: True, *, made=MADE, known=SIGNER):
        bundle = self.home / secrets.token_hex(4)
        signed = Checkpoints(self.directory).last([known.verifier])
        every = choose(self.directory, Question(insurer, None, None), signed)
        chosen = Chosen([seq for seq in every.numbers if wanted(seq)], every.tree, every.unsigned)
        answer = Answer(Question(insurer, None, None), chosen, signed, verify(self.directory))
        about = {"insurer": insurer, "asked_at": made}
        write_bundle(self.directory, bundle, answer, about=about, page=lambda _: "", before=lambda _: None)
        for path in (bundle, *bundle.iterdir()):
            path.chmod(0o700)
        return bundle


@pytest.fixture
def log(directory, open_log, tmp_path):
    return Log(directory, open_log, tmp_path)


@pytest.fixture
def exported(log):
    """Exports what is wanted of a log of 11 records, signed after the first 9, and again."""

    def _exported(insurer=None, wanted=lambda _: True):
        log.write(9)
        log.write(2)
        return log.export(insurer, wanted)

    return _exported


def test_a_whole_log_without_an_anchor_is_not_called_complete_and_it_is_said_what_would_not_show(exported):
    code, said = verified(exported())
    assert code == 0
    verdict, signed, _ = said.splitlines()
    assert verdict == (
        "Chain intact, signed up to record 11, not anchored: a cut tail or another log of this key would not show."
    )
    assert signed == "Signed: the checkpoint of audit.example, 11 records, the last of 2026-11-21T09:00:02.000000Z."


def test_one_insurers_records_are_complete_without_the_others(exported):
    code, said = verified(exported("beta"))
    assert (code, "numbers 1 to 5 of beta, without a gap; up to the checkpoint it has 5." in said) == (0, True)


def test_a_period_is_without_a_gap_and_does_not_pass_for_all(exported):
    code, said = verified(exported("alpha", lambda seq: 3 <= seq <= 9))
    assert (code, "numbers 2 to 5 of alpha, without a gap; up to the checkpoint it has 6." in said) == (0, True)


def test_a_period_without_records_proves_nothing_but_that_there_are_others(exported):
    code, said = verified(exported("alpha", lambda _: False))
    assert (code, "Exported: no record of alpha; up to the checkpoint it has 6." in said) == (0, True)
    assert said.startswith("Nothing to check, ")


def test_records_after_the_checkpoint_are_not_covered_by_it(log):
    log.write(9)
    bundle = log.export()
    log.write(1, signer=None)
    shutil.copy(log.directory / "audit-000001.jsonl", bundle / "records.jsonl")
    code, said = verified(bundle)
    assert (code, said) == (
        15,
        "DAMAGED: numbers 1 to 10 are not those that were exported, or not as they were signed.\n",
    )


def test_another_key_proves_nothing(exported):
    other, bundle = Signer(SIGNER.verifier.name, Ed25519PrivateKey.generate()), exported()
    code, said = verified(bundle, key=str(other.verifier))
    assert (code, said) == (15, "DAMAGED: checkpoint.note is not signed with a key that was given.\n")
    assert verified(bundle, key="no key")[0] == 2


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
    "another insurer's": (
        "export.json",
        lambda data: re.sub(rb'"insurer": \w+|"insurer": "\w+"', b'"insurer": "gamma"', data),
    ),
    "a forged one in front": ("records.jsonl", lambda data: b'{"seq":0,"insurer_seq":0,"insurer":"alpha"}\n' + data),
    "another proof": ("proof.json", lambda data: data.replace(b'["', b'["00')),
    "a proof less": ("proof.json", lambda _: b'{"numbers":[1,11],"path":[]}'),
    "all records less": ("records.jsonl", lambda _: b""),
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
def test_any_flipped_byte_of_records_note_or_proof_is_damage(exported, insurer, monkeypatch, capsys):
    bundle = exported(insurer)
    monkeypatch.setattr(sys, "argv", ["verify_audit.py", str(bundle), "--key", KEY])
    for name in ("records.jsonl", "checkpoint.note", "proof.json"):
        path = bundle / name
        content = path.read_bytes()
        for position in range(0, len(content) - 1, 7 if name == "records.jsonl" else 1):
            flipped = bytearray(content)
            flipped[position] ^= 1 << position % 8
            if name == "proof.json" and flipped.lower() == content:
                continue
            path.write_bytes(flipped)
            assert verify_audit.main() == 15, (name, position)
            assert capsys.readouterr().out.startswith("DAMAGED: ")
        path.write_bytes(content)
    assert verify_audit.main() == 0


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


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_what_nobody_touched_is_complete_up_to_the_last_checkpoint_that_was_kept_elsewhere(log, insurer):
    for count in (5, 4):
        log.write(count)
    kept = shutil.copytree(log.kept, log.home / "old")
    log.write(2)
    for anchor, size, tail in [(log.note(5), 5, 6), (kept, 9, 2), (log.kept, 11, 0)]:
        code, said = verified(log.export(insurer), anchor)
        assert code == 0
        assert said.startswith(f"Chain intact, complete up to the last anchored checkpoint (record {size}, 2026-11-21T")
        assert said.splitlines()[0].endswith(f"Z), unanchored tail of {tail} records.")


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_any_old_checkpoint_of_a_growing_log_is_its_beginning(log, insurer):
    for count in (1, 1, 1, 2, 3, 4, 4, 1, 8, 3):
        log.write(count)
    bundle = log.export(insurer)
    assert verified(bundle, log.kept)[0] == 0
    for note in log.kept.iterdir():
        code, said = verified(bundle, note)
        assert (code, f"unanchored tail of {28 - int(note.stem[-12:])} records." in said) == (0, True)


def cut(log, *, to):
    """Cuts the log's tail with its checkpoints, as whoever may write to it and cannot reach the auditor."""
    segment = log.directory / "audit-000001.jsonl"
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:to]))
    for note in Checkpoints(log.directory).paths():
        if int(note.stem) > to:
            note.unlink()
    for name in (".head", "checkpoints/.tree"):
        (log.directory / name).unlink(missing_ok=True)


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_a_cut_tail_is_found_by_a_checkpoint_that_somebody_kept(log, insurer):
    log.write(5)
    log.write(4)
    cut(log, to=5)
    bundle = log.export(insurer)
    assert verified(bundle)[0] == 0
    code, said = verified(bundle, log.note(9))
    assert (code, said.startswith(f"DAMAGED: the export of {MADE} lacks 4 records that an anchor knows")) == (15, True)
    assert verified(bundle, log.note(5), log.kept)[0] == 15


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_a_cut_tail_that_grew_again_is_found_by_a_checkpoint_that_somebody_kept(log, insurer):
    log.write(5)
    log.write(4)
    kept = shutil.copytree(log.kept, log.home / "old")
    cut(log, to=5)
    log.write(7, text="other")
    bundle = log.export(insurer)
    assert verified(bundle)[0] == 0
    assert verified(bundle, log.note(5))[0] == 0
    code, said = verified(bundle, kept)
    assert (code, said) == (15, "DAMAGED: this is not the log audit.example whose first 9 records an anchor knows.\n")


@pytest.mark.parametrize("insurer", [None, "alpha"])
@pytest.mark.parametrize("size", [8, 9, 11])
def test_another_log_under_the_same_key_is_found_by_a_checkpoint_that_somebody_kept(log, insurer, size):
    log.write(size)
    kept = shutil.copytree(log.kept, log.home / "old")
    shutil.rmtree(log.directory)
    log.write(size, text="other")
    log.write(11 - size, text="other")
    bundle = log.export(insurer)
    assert verified(bundle)[0] == 0
    code, said = verified(bundle, kept)
    assert (code, f"whose first {size} records an anchor knows" in said) == (15, True)


def test_a_checkpoint_of_a_time_after_the_export_is_not_held_against_it_and_that_is_said(log):
    log.write(5)
    bundle = log.export("alpha", made="2026-11-21T09:00:05.300000+00:00")
    clock_is_later = log.open_log()
    for _ in range(8):
        clock_is_later.write(RecordType.READ, insurer="alpha")
    clock_is_later.close()
    Checkpoints(log.directory).add(SIGNER, [SIGNER.verifier])
    newest = Checkpoints(log.directory).paths()[-1]
    code, said = verified(bundle, newest)
    assert (code, "not anchored" in said.splitlines()[0]) == (3, True)
    made = "2026-11-21T09:00:05.300000+00:00"
    assert said.splitlines()[-1] == (
        f"Not compared: the anchor of 13 records of audit.example is later than this export of {made}."
    )
    code, said = verified(bundle, newest, log.note(5))
    assert (code, "complete up to the last anchored checkpoint (record 5" in said) == (0, True)
    assert "Not compared: the anchor of 13 records" in said


def test_what_is_no_checkpoint_of_this_log_is_no_anchor(log):
    log.write(5)
    bundle, note = log.export(), log.note(5).read_bytes()
    stranger = Signer("another.example", Ed25519PrivateKey.generate())
    foreign = log.home / "foreign.note"
    foreign.write_bytes(stranger.sign(note.decode().rpartition("\n\n")[0] + "\n"))
    assert verified(bundle, foreign) == (15, "DAMAGED: foreign.note is not signed with a key that was given.\n")
    foreign.write_bytes(SIGNER.sign(note.decode().rpartition("\n\n")[0].replace("audit.example", "other") + "\n"))
    assert verified(bundle, foreign) == (
        15,
        "DAMAGED: this is not the log other whose first 5 records an anchor knows.\n",
    )
    foreign.write_bytes(note.replace(b"\n5\n", b"\n4\n"))
    assert verified(bundle, foreign) == (15, "DAMAGED: a signature is wrong.\n")
    # A directory may have other logs' checkpoints, too; where it has no others, nothing is anchored.
    other = log.home / "others"
    other.mkdir()
    (other / "other-000000000005.note").write_bytes(SIGNER.sign("other\n5\n"))
    code, said = verified(bundle, other)
    assert (code, "not anchored" in said) == (3, True)
    shutil.copy(log.note(5), other / "000000000005.note")
    assert "complete up to the last anchored checkpoint (record 5" in verified(bundle, other)[1]


def test_what_lies_in_the_export_itself_is_no_anchor(exported):
    bundle = exported()
    for inside in (bundle, bundle / "checkpoint.note"):
        code, said = verified(bundle, inside)
        assert (code, "what lies in the export itself is no anchor" in said) == (2, True)


def test_an_anchor_under_the_key_before_is_believed_where_that_key_is_given_too(log):
    log.write(5)
    successor = Signer("audit.example", Ed25519PrivateKey.generate())
    log.write(4, signer=successor)
    bundle, key = log.export(known=successor), str(successor.verifier)
    assert verified(bundle, log.note(5), key=key)[0] == 15
    code, said = verified(bundle, log.kept, key=key)
    assert (code, "is not signed with a key that was given" in said) == (15, True)
    alone = [sys.executable, "-I", bundle / "verify_audit.py", bundle, "--key", key, "--key", KEY]
    done = subprocess.run([*alone, "--anchor", log.kept], capture_output=True, text=True, check=False)
    assert (done.returncode, "complete up to the last anchored checkpoint (record 9" in done.stdout) == (0, True)


def other_proofs(line):
    """Every proof that is nearly the right one of a checkpoint's."""
    path = json.loads(line)["consistency"]
    for place, each in enumerate(path):
        yield from (path[:place] + path[place + 1 :], [*path[:place], each[1:] + each[:1], *path[place + 1 :]])
    yield [*path, "00" * 32]
    yield path[::-1]
    yield []


@pytest.mark.parametrize("insurer", [None, "alpha"])
def test_a_tampered_consistency_proof_proves_nothing(log, insurer, monkeypatch, capsys):
    log.write(5)
    log.write(6)
    bundle = log.export(insurer)
    proofs = bundle / "checkpoints.jsonl"
    first, *others = proofs.read_text().splitlines()
    arguments = ["verify_audit.py", str(bundle), "--key", KEY, "--anchor", str(log.note(5))]
    monkeypatch.setattr(sys, "argv", arguments)
    assert verify_audit.main() == 0
    capsys.readouterr()
    for path in other_proofs(first):
        proofs.write_text("\n".join([json.dumps(json.loads(first) | {"consistency": path}), *others]))
        assert verify_audit.main() == 15
        assert "whose first 5 records an anchor knows" in capsys.readouterr().out
    proofs.write_text("\n".join(others))
    assert verify_audit.main() == 15
    # That a proof is gone with what was pruned may be a lie; it is then said that nothing was compared.
    proofs.write_text("\n".join([json.dumps(json.loads(first) | {"consistency": None}), *others]))
    assert verify_audit.main() == 3
    assert "the anchor of 5 records of audit.example is of records that are gone" in capsys.readouterr().out


def test_an_insurers_last_records_that_a_later_checkpoint_denies_are_found_by_the_anchor(log):
    log.write(5)
    bundle = log.export("alpha")
    checkpoint = Checkpoints(log.directory).last([SIGNER.verifier]).checkpoint
    lines = (bundle / "records.jsonl").read_bytes().splitlines(keepends=True)
    denied = {**checkpoint.insurers, "alpha": (2, hashlib.sha256(lines[1][:-1]).hexdigest())}
    (bundle / "records.jsonl").write_bytes(b"".join(lines[:2]))
    (bundle / "checkpoint.note").write_bytes(SIGNER.sign(dataclasses.replace(checkpoint, insurers=denied).text))
    tree = Tree(map(leaf_hash, (log.directory / "audit-000001.jsonl").read_bytes().splitlines()))
    (bundle / "proof.json").write_text(
        json.dumps({"numbers": [1, 2], "path": [each.hex() for each in tree.inclusion(2)]})
    )
    assert verified(bundle)[0] == 0
    assert verified(bundle, log.note(5)) == (
        15,
        "DAMAGED: an anchor knows 3 records of alpha, the later checkpoint 2.\n",
    )


def test_the_file_is_short_enough_to_be_read():
    assert len(Path(verify_audit.__file__).read_text("utf-8").splitlines()) <= 150

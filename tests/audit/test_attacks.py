"""Every attack that is known on a log, by somebody who may write to its files: what finds it, and where."""

import hashlib
import json
import shutil
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bipro_sync.audit import AuditLog, RecordType
from bipro_sync.audit.checkpoints import Checkpoints
from bipro_sync.audit.note import Signer
from bipro_sync.audit.verification import verify


NAME = "audit.example"
SIGNER = Signer(NAME, Ed25519PrivateKey.generate())
KNOWN = [SIGNER.verifier]
SIGNED, ALL = 9, 11


class Sealed:
    """A log of 11 records of two insurers, signed after 5 and 9; an anchor has both, and no run's note is left."""

    def __init__(self, directory, anchor, session):
        self.directory = directory
        self.anchor = anchor
        self.session = session
        self.segment = directory / "audit-000001.jsonl"

    def write(self, count, clock, *, signer=None, text="record"):
        log = AuditLog(self.directory, session=self.session, clock=clock)
        for number in range(count):
            log.write(RecordType.READ, insurer=("alpha", "beta")[number % 2], detail=f"{text} {number}")
        log.close()
        (self.directory / ".head").unlink()
        if signer:
            signed = Checkpoints(self.directory).add(signer, [*KNOWN, signer.verifier])
            size = f"{signed.checkpoint.size:012d}.note"
            shutil.copy(self.directory / "checkpoints" / size, self.anchor / f"{NAME}-{size}")

    @property
    def lines(self):
        return self.segment.read_bytes().splitlines(keepends=True)

    def put(self, lines):
        data = b"".join(lines)
        assert data != self.segment.read_bytes()
        self.segment.write_bytes(data)

    def rehashed(self, lines):
        """The lines with all numbers and hashes right again, as somebody would write them who knows the format."""
        done, before, chains = [], "0" * 64, {}
        for number, line in enumerate(lines, start=1):
            record = json.loads(line)
            last, head = chains.get(record["insurer"], (0, "0" * 64))
            record |= {"seq": number, "prev": before, "insurer_seq": last + 1, "insurer_prev": head}
            text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
            before = hashlib.sha256(text).hexdigest()
            chains[record["insurer"]] = (last + 1, before)
            done.append(text + b"\n")
        return done

    def alone(self):
        return verify(self.directory)

    def by_key(self):
        return verify(self.directory, known=KNOWN)

    def by_anchor(self):
        return verify(self.directory, known=KNOWN, anchors=[self.anchor])

    def without_checkpoints(self):
        shutil.rmtree(self.directory / "checkpoints")


class SettableClock:
    def __init__(self, text):
        self.moment = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def now(self):
        return self.moment

    def monotonic(self):
        return 0.0


@pytest.fixture
def sealed(directory, tmp_path, session):
    anchor = tmp_path / "anchor"
    anchor.mkdir()
    log = Sealed(directory, anchor, session)
    log.write(5, SettableClock("2026-11-21T09:00"), signer=SIGNER)
    log.write(4, SettableClock("2026-11-21T10:00"), signer=SIGNER)
    log.write(2, SettableClock("2026-11-21T11:00"))
    return log


def test_what_nobody_touched_is_complete_up_to_the_anchor_and_says_what_is_not_anchored(sealed):
    assert sealed.by_anchor().headline == (
        "chain intact, complete up to the last anchored checkpoint (record 9, 2026-11-21T10:00:00.000000Z), "
        "unanchored tail of 2 records"
    )
    assert sealed.by_key().headline == (
        "chain intact, signed up to record 9, not anchored: a cut tail or old copy would not show"
    )
    assert sealed.alone().headline == "chain intact, not anchored: a cut tail or a rewritten log would not show"
    assert "No key was known" in sealed.alone().remarks[0]


def test_any_old_checkpoint_is_accepted_as_a_start(sealed):
    [first, _] = sorted(sealed.anchor.iterdir())
    found = verify(sealed.directory, anchors=[first])
    assert (found.anchored.size, found.unanchored, found.damaged) == (5, 6, False)


@pytest.mark.parametrize("seq", range(1, ALL + 1))
def test_an_edit_is_found(sealed, seq):
    lines = sealed.lines
    lines[seq - 1] = lines[seq - 1].replace(b'"detail":"record', b'"detail":"Record')
    sealed.put(lines)
    last_but_one = (ALL - 1, ALL)
    if seq < ALL - 1:
        assert sealed.alone().bad_seq == sealed.by_anchor().bad_seq == seq
    elif seq == ALL - 1:
        # Nothing follows the last record, so nothing says which of the last two is the changed one.
        assert sealed.alone().bad_seq in last_but_one
    else:
        assert not sealed.alone().damaged
        assert "unanchored tail of 2 records" in sealed.by_anchor().headline


@pytest.mark.parametrize(("seq", "first"), [(1, 1), (3, 1), (5, 1), (6, 6), (9, 6)])
def test_an_edit_with_all_hashes_made_right_contradicts_the_first_checkpoint_behind_it(sealed, seq, first):
    lines = sealed.lines
    lines[seq - 1] = lines[seq - 1].replace(b'"detail":"record', b'"detail":"Record')
    sealed.put(sealed.rehashed(lines))
    for found in (sealed.alone(), sealed.by_key(), sealed.by_anchor()):
        assert found.bad_seq == first
        assert f"from it to {5 if first == 1 else 9}, some record is not the one" in found.reason


def test_an_edit_with_all_hashes_made_right_and_no_checkpoint_left_shows_against_the_anchor(sealed):
    lines = sealed.lines
    lines[2] = lines[2].replace(b'"detail":"record', b'"detail":"Record')
    sealed.put(sealed.rehashed(lines))
    sealed.without_checkpoints()
    assert "not anchored" in sealed.by_key().headline
    assert sealed.by_anchor().bad_seq == 1


@pytest.mark.parametrize("seq", range(1, ALL))
def test_a_deleted_record_is_found(sealed, seq):
    lines = sealed.lines
    sealed.put(lines[: seq - 1] + lines[seq:])
    assert sealed.alone().bad_seq == seq


@pytest.mark.parametrize("seq", range(1, ALL))
def test_swapped_records_are_found(sealed, seq):
    lines = sealed.lines
    lines[seq - 1 : seq + 1] = lines[seq], lines[seq - 1]
    sealed.put(lines)
    assert sealed.alone().bad_seq == seq


@pytest.mark.parametrize("seq", range(1, ALL + 1))
def test_a_duplicate_is_found(sealed, seq):
    lines = sealed.lines
    sealed.put(lines[:seq] + lines[seq - 1 :])
    assert sealed.alone().bad_seq == seq + 1


@pytest.mark.parametrize("seq", range(1, ALL + 1))
def test_a_record_spliced_in_is_found(sealed, seq):
    lines = sealed.lines
    spliced = lines[seq - 1].replace(b'"detail":"record', b'"detail":"never')
    sealed.put([*lines[: seq - 1], spliced, *lines[seq - 1 :]])
    assert sealed.alone().bad_seq == seq


def test_a_record_spliced_in_with_all_hashes_made_right_contradicts_the_checkpoint_behind_it(sealed):
    lines = sealed.lines
    sealed.put(sealed.rehashed([*lines[:6], lines[2], *lines[6:]]))
    assert (sealed.alone().bad_seq, sealed.by_anchor().bad_seq) == (6, 6)


def test_a_tail_cut_at_any_byte_before_the_anchored_checkpoint_is_found_with_the_first_record_that_is_missing(sealed):
    content = sealed.segment.read_bytes()
    newest = max(sealed.anchor.iterdir())
    for end in range(len(content)):
        sealed.segment.write_bytes(content[:end])
        left = content.count(b"\n", 0, end)
        found = verify(sealed.directory, anchors=[newest])
        if left < SIGNED:
            assert (found.bad_seq, "is missing; the" in found.reason) == (left + 1, True), end
        else:
            # No more is known of the tail than that nobody outside knows it, and it is said.
            assert f"unanchored tail of {left - SIGNED} records" in found.headline
    sealed.without_checkpoints()
    sealed.segment.write_bytes(content[: content.index(b"\n") + 1])
    assert "not anchored: a cut tail" in sealed.by_key().headline
    assert sealed.by_anchor().bad_seq == 2


def test_the_newest_checkpoint_dropped_is_found_by_the_anchor(sealed):
    Checkpoints(sealed.directory).paths()[-1].unlink()
    assert "signed up to record 5, not anchored" in sealed.by_key().headline
    found = sealed.by_anchor()
    assert (found.bad_seq, found.reason) == (9, "the anchored checkpoint of 9 records is missing beside the log")


def test_the_newest_checkpoint_dropped_is_found_by_its_record_without_an_anchor(sealed, session):
    log = AuditLog(sealed.directory, session=session, clock=SettableClock("2026-11-21T12:00"))
    log.write(RecordType.CHECKPOINT, count=9, outcome="signed")
    log.close()
    assert not sealed.alone().damaged
    Checkpoints(sealed.directory).paths()[-1].unlink()
    assert sealed.alone().bad_seq == 9


def test_a_tail_cut_together_with_its_checkpoint_is_found_by_the_anchor(sealed):
    Checkpoints(sealed.directory).paths()[-1].unlink()
    sealed.put(sealed.lines[:6])
    assert "signed up to record 5, not anchored" in sealed.by_key().headline
    assert sealed.by_anchor().bad_seq == 7


@pytest.fixture
def replaced(sealed):
    """The log, with another in its place that is consistent in itself: other records, checkpoints by another key."""
    shutil.rmtree(sealed.directory)
    anchor, sealed.anchor = sealed.anchor, sealed.anchor.with_name("other")
    sealed.anchor.mkdir()
    other = Signer(NAME, Ed25519PrivateKey.generate())
    sealed.write(5, SettableClock("2026-11-21T09:00"), signer=other, text="other")
    sealed.write(6, SettableClock("2026-11-21T10:00"), signer=other, text="other")
    sealed.anchor = anchor
    return sealed


def test_a_consistent_log_under_another_key_shows_only_against_a_pinned_key_or_an_anchor(replaced):
    assert not replaced.alone().damaged
    assert "No key was known" in replaced.alone().remarks[0]
    found = replaced.by_key()
    assert (found.bad_seq, "no signature of a key that is known" in found.reason) == (1, True)
    assert verify(replaced.directory, anchors=[replaced.anchor]).bad_seq == 1
    assert replaced.by_anchor().bad_seq == 1


def test_a_roll_back_to_an_old_copy_is_found_by_the_anchor(sealed, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(sealed.directory, old)
    sealed.write(3, SettableClock("2026-11-21T12:00"), signer=SIGNER)
    shutil.rmtree(sealed.directory)
    old.rename(sealed.directory)
    assert "signed up to record 9, not anchored" in sealed.by_key().headline
    assert (sealed.by_anchor().bad_seq, sealed.by_anchor().last_seq) == (12, 11)


def test_a_clock_put_back_is_told_and_against_a_checkpoint_it_is_damage(sealed):
    sealed.write(2, SettableClock("2026-11-21T08:00"))
    found = sealed.by_anchor()
    assert (found.bad_seq, "dated before the" in found.reason, "a clock was moved" in found.reason) == (12, True, True)
    assert sealed.by_key().bad_seq == 12
    alone = sealed.alone()
    assert not alone.damaged
    assert [each.seq for each in alone.set_back] == [12]
    assert "The clock was set back before record 12: from there on, times prove no order." in alone.remarks


def test_a_clock_that_is_put_right_by_a_little_is_nothing(sealed):
    sealed.write(1, SettableClock("2026-11-21T10:58"))
    assert (sealed.by_anchor().damaged, sealed.by_anchor().set_back) == (False, ())


def test_any_flipped_byte_of_a_checkpoint_is_found_by_the_key(sealed):
    for number, path in enumerate(Checkpoints(sealed.directory).paths()):
        content = path.read_bytes()
        path.chmod(0o600)
        for position in range(len(content)):
            flipped = bytearray(content)
            flipped[position] ^= 1 << position % 8
            path.write_bytes(flipped)
            assert sealed.by_key().bad_seq == (1, 6)[number], (path.name, position)
        path.write_bytes(content)
    assert not sealed.by_key().damaged


@pytest.mark.parametrize("start", range(5))
def test_any_flipped_byte_of_what_is_anchored_is_found_with_its_record(sealed, start):
    content = sealed.segment.read_bytes()
    end = len(b"".join(sealed.lines[:SIGNED]))
    newest = max(sealed.anchor.iterdir())
    for position in range(start, end, 5):
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        sealed.segment.write_bytes(flipped)
        found = verify(sealed.directory, anchors=[newest])
        assert found.bad_seq == content.count(b"\n", 0, position) + 1, position


def test_a_torn_last_line_is_kept_aside_recorded_and_not_called_tampering(sealed):
    torn = b'{"seq":12,"ts":"2026-11'
    with sealed.segment.open("ab") as file:
        file.write(torn)
    assert (sealed.by_anchor().damaged, sealed.by_anchor().torn_bytes) == (False, len(torn))
    sealed.write(1, SettableClock("2026-11-21T12:00"))
    found = sealed.by_anchor()
    assert (found.damaged, found.torn_bytes, found.records) == (False, 0, 13)
    assert [path.read_bytes() for path in sealed.directory.glob("torn-*.bin")] == [torn]
    assert json.loads(sealed.lines[11])["type"] == "log.repaired"
